/** What follows from the rows of the labels table: types, look-ups, and the values that a service has. */
import { type LabelRow, labels, type Rendering, STAGES } from './table.ts';
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

interface RenderingRow extends Pick<LabelRow, 'name' | 'needs'> {
  readonly renders: Rendering<never>;
}

/** The rows that render lines, in the order of their effects. */
export const renderingRows: readonly RenderingRow[] = rows
  .filter((row): row is LabelRow & RenderingRow => row.renders !== undefined)
  .sort((one, other) => STAGES.indexOf(one.renders.stage) - STAGES.indexOf(other.renders.stage));

type WithValues = LabelFields & { readonly typed?: TypedValues | undefined };

/** A label with its value. */
export interface ValueOfRow {
  readonly row: LabelRow;
  readonly value: unknown;
}

/** Returns the values that the labels of a service give or that hold without them, in the order of the rows. */
export function valuesOf(service: WithValues): readonly ValueOfRow[] {
  const found: ValueOfRow[] = [];
  for (const row of serviceRows.values()) {
    const value = row.field === undefined ? service.typed?.[row.name] : service[row.field as keyof LabelFields];
    if (value !== undefined) found.push({ row, value });
  }
  return found;
}

/** Returns those that are not what holds without the label. */
export function ownValuesOf(service: WithValues): readonly ValueOfRow[] {
  return valuesOf(service).filter(({ row, value }) => value !== row.absent);
}

/** Returns whether a service has what a label needs for an effect. */
export function hasEffect(
  { needs }: Pick<LabelRow, 'needs'>,
  { mode, vhosts }: { readonly mode: 'http' | 'tcp'; readonly vhosts: readonly string[] },
): boolean {
  return needs === undefined || (needs === 'vhost' ? vhosts.length > 0 : mode === 'http');
}
