import { readWords, splitComment } from '../../haproxy-config/words.ts';
import { lackOf, renderings, type TypedValues } from '../../model/labels/from-rows.ts';
import { GUARDS, type LabelledService, type LabelRow, type Rendering, type Stage } from '../../model/labels/rows/row.ts';
import type { OwnRules, Service, ServiceDefinition } from '../../model/service.ts';
import type { MapEntry } from '../files/map.ts';

/** Returns the lines of labels that refuse or answer requests in the backend of a service. */
export function guardLines(
  service: ServiceDefinition,
  map: string,
  known: Required<Pick<LabelledService, 'folder' | 'errorPages'>>,
): string {
  return textOf('guard', { ...service, ...known }, map);
}

/** Returns the other lines that labels add to the backend; `sharesTables`: there are other load balancers that know its table. */
export function labelLines(service: ServiceDefinition, map: string, sharesTables: boolean): string {
  return textOf('backend', sharesTables ? { ...service, sharesTables } : service, map);
}

/** Returns the lines that labels add to another section of a service. */
export function linesInto(
  into: 'frontend' | 'userlist' | 'counters' | 'cache',
  service: ServiceDefinition,
  sharesTables = false,
): string {
  return textOf(into, sharesTables ? { ...service, sharesTables } : service, '');
}

/** Returns what the lines of labels look up in the map of labels. Returns undefined if the service has no such label. */
export function mapEntries(service: ServiceDefinition): readonly MapEntry[] | undefined {
  if (placed('map', service).length === 0) return undefined;
  return linesOf('map', service, '').map((line) => line.split(' ') as [string, string]);
}

/** Returns the words that labels add to the lines of servers; `rules` are those of the definition that they were started from. */
export function serverWords(service: Service, rules: OwnRules): readonly string[] {
  return linesOf('server', rules.typed === service.typed ? service : { ...service, typed: rules.typed }, '');
}

/** Returns the lines of a server with words of labels at their ends. `check`: those of a check that labels want; a template may have no place for them. */
export function withLabelWords(text: string, words: readonly string[], check: string): string {
  if (words.length === 0 && check === '') return text;
  // Nearly every text is one line without quotes and comments.
  if (check === '' && /^\s*server\s[^"'\\#\n]*\n$/.test(text)) return `${text.trimEnd()} ${words.join(' ')}\n`;
  const lines = text.split('\n').map((line) => {
    if (!/^\s*server\s/.test(line)) return line;
    const [code, comment] = splitComment(line);
    const wanted = check === '' || readWords(code).includes('check') ? [] : [check];
    return [code.trimEnd(), ...wanted, ...words, ...(comment === '' ? [] : [comment])].join(' ');
  });
  return lines.join('\n');
}

/** Where lines of labels stand. Those that refuse or answer requests have a place of their own in the backend. */
type Place = Rendering<unknown>['into'] | 'guard';

interface Placed {
  readonly order: number;
  readonly row: LabelRow;
  readonly rendering: Rendering<never>;
}

/** What the labels render, by place and name. */
const byPlace = new Map<Place, Map<string, Placed[]>>();
for (const [order, { row, rendering }] of renderings.entries()) {
  const isGuard = rendering.into === 'backend' && (GUARDS as readonly Stage[]).includes(rendering.stage);
  const place = isGuard ? 'guard' : rendering.into;
  const byName = byPlace.get(place) ?? new Map<string, Placed[]>();
  byPlace.set(place, byName.set(row.name, [...(byName.get(row.name) ?? []), { order, row, rendering }]));
}

/** Returns what the labels of a service render in a place, in the order of effects. */
function placed(place: Place, service: ServiceDefinition): readonly Placed[] {
  const { typed } = service;
  if (typed === undefined) return [];
  const byName = byPlace.get(place);
  const all: Placed[] = [];
  for (const name in typed) {
    for (const own of byName?.get(name) ?? []) if (hasEffect(own, service, typed)) all.push(own);
  }
  return all.length < 2 ? all : all.sort((one, other) => one.order - other.order);
}

function hasEffect({ row, rendering }: Placed, service: ServiceDefinition, typed: TypedValues): boolean {
  return (rendering.mode ?? service.mode) === service.mode && lackOf(row, typed[row.name], service) === undefined;
}

type Known = ServiceDefinition & Pick<LabelledService, 'folder' | 'errorPages' | 'sharesTables'>;

function textOf(place: Place, service: Known, map: string): string {
  let text = '';
  for (const line of linesOf(place, service, map)) text += `  ${line}\n`;
  return text;
}

function linesOf(place: Place, service: Known, map: string): readonly string[] {
  const lines: string[] = [];
  for (const { row, rendering } of placed(place, service)) {
    lines.push(...rendering.lines(service.typed?.[row.name] as never, service, map));
  }
  return lines;
}
