/** App definitions as files and Marathon have them. */

/** What of an app is looked at. */
export interface TraefikApp {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its ports, in the order of its service ports. */
  readonly ports: readonly AppPort[];
}

export interface AppPort {
  /** As Traefik knows the port: of the container, or of the host. */
  readonly number: number | undefined;
  readonly name: string | undefined;
}

/** Returns the apps of a JSON value: an app, a list of apps, a group, or an answer of Marathon's. Returns undefined if it is none of them. */
export function appsIn(value: unknown): readonly TraefikApp[] | undefined {
  if (Array.isArray(value)) return joined(value.map(appsIn));
  const raw = membersOf(value);
  if (raw === undefined) return undefined;
  if (raw['app'] !== undefined) return appsIn(raw['app']);
  const parts = [raw['apps'], raw['groups']].filter((part) => Array.isArray(part));
  if (parts.length > 0) return joined(parts.map(appsIn));
  return typeof raw['id'] === 'string' ? [{ id: raw['id'], labels: labelsOf(raw['labels']), ports: portsOf(raw) }] : undefined;
}

function joined(parts: readonly (readonly TraefikApp[] | undefined)[]): readonly TraefikApp[] | undefined {
  return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
}

function labelsOf(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(membersOf(value) ?? {}).filter(([, text]) => typeof text === 'string');
  return Object.fromEntries(texts) as Readonly<Record<string, string>>;
}

/** The port mappings first, as Marathon gives their ports to tasks; an app that says nothing has one port. */
function portsOf(raw: Members): readonly AppPort[] {
  const container = membersOf(raw['container']);
  const discovery = membersOf(membersOf(raw['ipAddress'])?.['discovery']);
  const lists: readonly (readonly [list: unknown, key: string])[] = [
    [membersOf(container?.['docker'])?.['portMappings'], 'containerPort'],
    [container?.['portMappings'], 'containerPort'],
    [raw['portDefinitions'], 'port'],
    [discovery?.['ports'], 'number'],
  ];
  for (const [list, key] of lists) {
    if (!Array.isArray(list) || list.length === 0) continue;
    return list.map((each) => {
      const port = membersOf(each);
      return { number: numberOf(port?.[key]), name: typeof port?.['name'] === 'string' ? port['name'] : undefined };
    });
  }
  const numbers: readonly unknown[] = Array.isArray(raw['ports']) && raw['ports'].length > 0 ? raw['ports'] : [undefined];
  return numbers.map((number) => ({ number: numberOf(number), name: undefined }));
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
