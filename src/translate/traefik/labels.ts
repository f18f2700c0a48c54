/** Traefik's labels, sorted by what they are about. */
import { ownName } from './go-values.ts';

/** The labels of one router, service or middleware. What is taken is translated; what stays has no counterpart. */
export interface Options {
  readonly name: string;
  /** Returns the value of an option in lower case, such as `tls.certresolver`, and takes it out. Returns undefined if it is not there. */
  take(option: string): string | undefined;
  /** Returns the options below one, such as `customrequestheaders`, as they are written after it, and takes them out. */
  takeBelow(option: string): readonly (readonly [name: string, value: string])[];
  /** Returns whether the option, or one below it, is still there. */
  has(option: string): boolean;
  /** Returns the whole name of an option's label, whether it is there or not. */
  label(option: string): string;
  /** Returns the options that are still there. */
  rest(): readonly string[];
}

/** The labels of one protocol. */
export interface Sections {
  readonly routers: ReadonlyMap<string, Options>;
  readonly services: ReadonlyMap<string, Options>;
  /** Made anew for each router that uses it. */
  readonly middlewares: ReadonlyMap<string, () => Options>;
}

export interface TraefikLabels {
  readonly http: Sections;
  readonly tcp: Sections;
  /** Traefik's labels that are about something else. */
  readonly others: readonly (readonly [label: string, value: string])[];
}

/** Sorts the labels of an app: Marathon gives them in any order. Upper and lower case count as the same in Traefik's names. */
export function sortLabels(labels: Readonly<Record<string, string>>): TraefikLabels {
  const found = new Map<string, [label: string, value: string][]>();
  const others: [label: string, value: string][] = [];
  for (const [label, value] of Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    if (!/^traefik\./i.test(label)) continue;
    const [, protocol = '', kind = '', name = ''] =
      /^traefik\.(http|tcp)\.(routers|services|middlewares)\.([^.]+)\../i.exec(label) ?? [];
    if (name === '') {
      others.push([label, value]);
      continue;
    }
    const key = [protocol, kind, ownName(name)].join('.').toLowerCase();
    found.set(key, [...(found.get(key) ?? []), [label, value]]);
  }
  const sections = (protocol: string): Sections => {
    const of = (kind: string): [string, () => Options][] =>
      [...found].flatMap(([key, all]): [string, () => Options][] => {
        const name = key.startsWith(`${protocol}.${kind}.`) ? key.slice(protocol.length + kind.length + 2) : '';
        return name === '' ? [] : [[name, () => createOptions(name, all)]];
      });
    const made = (kind: string): Map<string, Options> => new Map(of(kind).map(([name, make]) => [name, make()]));
    return { routers: made('routers'), services: made('services'), middlewares: new Map(of('middlewares')) };
  };
  return { http: sections('http'), tcp: sections('tcp'), others };
}

function createOptions(name: string, labels: readonly (readonly [label: string, value: string])[]): Options {
  const [first = ''] = labels[0] ?? [];
  const prefix = first.split('.').slice(0, 4).join('.');
  const written = new Map(labels.map(([label, value]) => [label.slice(prefix.length + 1), value]));
  const keyOf = (option: string): string | undefined => [...written.keys()].find((key) => key.toLowerCase() === option);
  return {
    name,
    take(option) {
      const key = keyOf(option);
      if (key === undefined) return undefined;
      const value = written.get(key);
      written.delete(key);
      return value;
    },
    takeBelow(option) {
      const keys = [...written.keys()].filter((key) => key.toLowerCase().startsWith(`${option}.`));
      return keys.map((key) => {
        const value = written.get(key) ?? '';
        written.delete(key);
        return [key.slice(option.length + 1), value] as const;
      });
    },
    has: (option) =>
      [...written.keys()].some((key) => key.toLowerCase() === option || key.toLowerCase().startsWith(`${option}.`)),
    label: (option) => `${prefix}.${keyOf(option) ?? option}`,
    rest: () => [...written.keys()],
  };
}
