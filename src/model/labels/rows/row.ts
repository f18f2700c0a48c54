/** The fields of a row of the labels table. */
import type { LabelType, ValueOf } from '../values.ts';

export type LabelRow = { readonly [T in LabelType]: RowOf<T> }[LabelType];

/** The groups of the manual, in its order: what their labels are about. */
export const LABEL_GROUPS = {
  routing: { title: 'Routing', about: 'Whether a service is served, and which requests reach it.' },
  'A/B': { title: 'A/B and blue/green', about: 'Two versions of a service side by side.' },
  rewriting: { title: 'Rewriting', about: 'What is changed in requests and answers, and what is redirected.' },
  protection: { title: 'Protection', about: 'Who may reach a service, and how often.' },
  connections: { title: 'Connections', about: 'How HAProxy chooses a task, connects to it, and how long it waits.' },
  health: { title: 'Health', about: 'How HAProxy finds out which tasks can serve.' },
  answers: { title: 'Answers', about: 'What HAProxy answers itself, and how answers are sent.' },
  'service ports': {
    title: 'Service ports and templates',
    about:
      'The frontend of the service itself. `HAPROXY_{n}_<TEMPLATE>` replaces a [template](templates.md) that is overridable for this service,\n' +
      'for example `HAPROXY_0_BACKEND_HTTP_OPTIONS` with `  http-request set-header X-Env prod`.',
  },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly about: string }>>;

export type LabelGroup = keyof typeof LABEL_GROUPS;

/** What a label may need for its effect: a host name; a host, which may be a pattern; mode http. */
export type Need = 'vhost' | 'host' | 'http';

interface RowOf<T extends LabelType> {
  /** Without `HAPROXY_` or `HAPROXY_{n}_`. */
  readonly name: string;
  /** Where the label is in the manual. */
  readonly group: LabelGroup;
  /** `app`: `HAPROXY_<name>`; `service`: `HAPROXY_{n}_<name>`. */
  readonly per: 'app' | 'service';
  readonly type: T;
  /**
   * What a malformed value costs. Without this the service: it must not be served without what the label guards or makes of it.
   * `label`: only the label; the service is served without it.
   */
  readonly refused?: 'label';
  /** It keeps something away: a value that can have no effect costs the service, too. */
  readonly guards?: true;
  /** Its value must not be shown. */
  readonly isSecret?: true;
  /** What the label does, for the manual. */
  readonly description: string;
  /** The default, for the manual. */
  readonly default?: string;
  /** A value of it, for the manual. */
  readonly example: string;
  /** The field of the service definition that takes the value. A label that `renders` needs none: its value is in `typed`. */
  readonly field?: string;
  /** The value of the field without the label. */
  readonly absent?: ValueOf<T>;
  /** What the label needs for its effect: a host, mode http. Some values need more than others. */
  readonly needs?: Need | ((value: ValueOf<T>) => Need | undefined);
  /** Returns another label, without `HAPROXY_{n}_`, that the label has no effect without; undefined if the service has it. */
  readonly lacks?: (service: LabelledService) => string | undefined;
  /** Returns another label, without `HAPROXY_{n}_`, beside which the label has no effect; undefined if the service has none. */
  readonly yieldsTo?: (service: LabelledService) => string | undefined;
  /** Returns the sentence of `explain` about what the label does; undefined: nothing, or the routes tell it. */
  readonly trait?: (value: ValueOf<T>) => string | undefined;
  /** Returns what of the value is found in a line of the configuration, if it is not the value itself. */
  readonly partsInLine?: (value: ValueOf<T>) => readonly string[];
  /** The lines of the label; an empty list if its value is used by the lines of other labels. */
  readonly renders?: Rendering<ValueOf<T>> | readonly Rendering<ValueOf<T>>[];
}

/** The lines of a label, which come after those of all templates. */
export interface Rendering<V> {
  /**
   * `server`: words at the end of each server line. `counters`: a section of its own that counts what clients do. `cache`: one that keeps answers. `map`: what other lines
   * of the label look up, a key and a value of one word each; such values change without a reload.
   */
  readonly into: 'backend' | 'frontend' | 'server' | 'userlist' | 'counters' | 'cache' | 'map';
  /** The only mode of services with these lines; left out: both. */
  readonly mode?: 'http' | 'tcp';
  /** The place of the lines among those of the other labels. */
  readonly stage: Stage;
  /** Returns lines (of a server: words) without indentation. `map`: path of the map of labels. */
  readonly lines: (value: V, service: LabelledService, map: string) => readonly string[];
}

/** The fields of a service that its labels may read. */
export interface LabelledService {
  readonly backend: string;
  readonly mode: 'http' | 'tcp';
  readonly vhosts: readonly string[];
  readonly hostPatterns?: readonly string[] | undefined;
  readonly path?: string | undefined;
  readonly sticky?: boolean;
  readonly auth?: { readonly realm: string; readonly user: string } | undefined;
  /** Of the configuration and the files beside it; only for lines of the backend. */
  readonly folder?: string;
  /** Statuses for which HAProxy has a page of `--error-pages`; only for lines that refuse requests. */
  readonly errorPages?: readonly number[];
  /** Other load balancers know the tables of clients, too. */
  readonly sharesTables?: boolean;
  /** The values of its labels that render lines, by name. */
  readonly typed?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Returns a sample: the value of a service in the map of labels; `map` is its path. A label with the name `CHECK_PATH` has the key
 * `check-path:<backend>`.
 */
export function inMap(label: string, { backend }: LabelledService, map: string): string {
  return `str(${mapKey(label, backend)}),map(${map})`;
}

/** Returns such a sample as a whole number. (`map_str_int` refuses a map that also has texts.) */
export function numberInMap(label: string, service: LabelledService, map: string): string {
  return `${inMap(label, service, map)},add(0)`;
}

/** Returns the entry of a label in the map of labels: its key and a value of one word. */
export function mapEntry(label: string, { backend }: LabelledService, value: string | number): string {
  return `${mapKey(label, backend)} ${value}`;
}

/** Returns a text as one ASCII word that can also be sent to the running HAProxy; `url_dec` makes the text of it again. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Returns the key of a label of a service in the map of labels. */
export function mapKey(label: string, backend: string): string {
  return `${label.toLowerCase().replaceAll('_', '-')}:${backend}`;
}

/** The effects that refuse or answer a request: they come before all that changes it, with labels of 1.15 too. */
export const GUARDS = ['maintenance', 'deny', 'limits', 'auth', 'CORS', 'redirects'] as const;

/** The order of effects. */
export const STAGES = [...GUARDS, 'headers', 'rewrite', 'connections', 'cache'] as const;

export type Stage = (typeof STAGES)[number];

/** Returns a function that says whether a service lacks a label. */
export function without(label: string): (service: LabelledService) => string | undefined {
  return ({ typed }) => (typed?.[label] === undefined ? label : undefined);
}

/** Name of the section of the load balancers that share tables. */
export const PEERS = 'marathon-lb';

/** Returns the line of a table of clients, which the other load balancers know too if there are any. */
export function tableLine(table: string, { sharesTables }: Pick<LabelledService, 'sharesTables'>): string {
  return `stick-table ${table}${sharesTables === true ? ` peers ${PEERS}` : ''}`;
}
