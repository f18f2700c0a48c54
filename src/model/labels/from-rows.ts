/** Derives from the rows of the labels table: types, look-ups, and the values of a service. */
import { type LabelRow, type LabelledService, type Need, type Rendering, STAGES } from './rows/row.ts';
import { labels } from './table.ts';
import { allHosts } from '../values/network/host-patterns.ts';
import type { ValueOf } from './values.ts';

type Row = (typeof labels)[number];
type ServiceRow = Extract<Row, { readonly per: 'service' }>;
type FieldRow = Extract<Row, { readonly field: string }>;
type AbsentRow = Extract<FieldRow, { readonly absent: unknown }>;

/** Name of a label of a service port, without `HAPROXY_{n}_`. */
export type ServiceLabelName = ServiceRow['name'];

/** The type of such a label. */
export type ServiceLabelType<N extends ServiceLabelName> = Extract<ServiceRow, { readonly name: N }>['type'];

/** The fields of a service definition that are the values of labels. */
export type LabelFields = { readonly [R in AbsentRow as R['field']]: ValueOf<R['type']> } & {
  readonly [R in Exclude<FieldRow, AbsentRow> as R['field']]?: ValueOf<R['type']> | undefined;
};

/** The values of the labels that render lines of their own, by name. */
export type TypedValues = Readonly<Record<string, unknown>>;

const rows: readonly LabelRow[] = labels;

/** The labels of a service port by name. */
export const serviceRows: ReadonlyMap<string, LabelRow> = new Map(
  rows.filter(({ per }) => per === 'service').map((row) => [row.name, row]),
);

/** The rows whose value is a field of the service definition. */
export const fieldRows = rows.filter((row): row is LabelRow & { readonly field: string } => row.field !== undefined);

/** The rows whose values render lines, in the order of the table. */
export const typedRows: readonly LabelRow[] = rows.filter(({ renders }) => renders !== undefined);

const typedPlaces: ReadonlyMap<string, number> = new Map(typedRows.map(({ name }, at) => [name, at]));

/** Returns the rows of those labels of a service that render lines, in the order of the table; `named` has their names as keys. */
export function typedRowsOf(named: object): readonly LabelRow[] {
  const places: number[] = [];
  for (const name in named) {
    const place = typedPlaces.get(name);
    if (place !== undefined) places.push(place);
  }
  return places.sort((one, other) => one - other).map((place) => typedRows[place] as LabelRow);
}

interface RowRendering {
  readonly row: LabelRow;
  readonly rendering: Rendering<never>;
}

/** Returns the lines of the rows, in the order of their effects. */
export const renderings: readonly RowRendering[] = typedRows
  .flatMap((row) => renderingsOf(row).map((rendering) => ({ row, rendering })))
  .sort((one, other) => STAGES.indexOf(one.rendering.stage) - STAGES.indexOf(other.rendering.stage));

/** Returns all that a row renders. */
export function renderingsOf({ renders }: LabelRow): readonly Rendering<never>[] {
  return [renders ?? []].flat() as readonly Rendering<never>[];
}

/** Returns the hosts of a service: those of its label VHOST, then those that are redirected to the first of them. */
export function withRedirected(vhosts: readonly string[], typed: TypedValues | undefined): readonly string[] {
  const from = typed?.['REDIRECT_FROM'];
  if (typeof from !== 'string' || vhosts.length === 0) return vhosts;
  return [...vhosts, ...from.split(',').filter((host) => !vhosts.includes(host))];
}

type WithValues = LabelFields & { readonly typed?: TypedValues | undefined };

/** A label with its value. */
export interface ValueOfRow {
  readonly row: LabelRow;
  readonly value: unknown;
}

/** Returns the values that the labels of a service give or that hold without them: first those of fields, then those that render lines. */
export function valuesOf(service: WithValues): readonly ValueOfRow[] {
  const found: ValueOfRow[] = [];
  for (const row of fieldRows) {
    const value = service[row.field as keyof LabelFields];
    if (value !== undefined) found.push({ row, value });
  }
  const { typed } = service;
  if (typed !== undefined) for (const row of typedRowsOf(typed)) found.push({ row, value: typed[row.name] });
  return found;
}

/** Returns those that are not what holds without the label. */
export function ownValuesOf(service: WithValues): readonly ValueOfRow[] {
  return valuesOf(service).filter(({ row, value }) => value !== row.absent);
}

/** Returns what a label needs for its effect: a host, mode http, another label, or that another label is not there. */
export type Lack = Need | { readonly label: string } | { readonly beside: string };

/** Returns what a label lacks for an effect. Returns undefined if it has one. */
export function lackOf({ needs, lacks, yieldsTo }: LabelRow, value: unknown, service: LabelledService): Lack | undefined {
  const need = typeof needs === 'function' ? needs(value as never) : needs;
  if (need === 'vhost' && service.vhosts.length === 0) return 'vhost';
  if (need === 'host' && allHosts(service).length === 0) return 'host';
  if (need === 'http' && service.mode !== 'http') return 'http';
  const label = lacks?.(service);
  if (label !== undefined) return { label };
  const beside = yieldsTo?.(service);
  return beside === undefined ? undefined : { beside };
}
