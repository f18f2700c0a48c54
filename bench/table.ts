import { growth, type Measured } from './budgets.ts';

/** The measurements for people: a column a world, a row a quantity. */
export function table(measured: readonly Measured[]): string {
  const stages = Object.keys(measured[0]?.stages ?? {});
  const rows: readonly (readonly string[])[] = [
    ['', ...measured.map(({ apps, megabytes }) => `${apps} apps, ${megabytes.toFixed(1)} MB`)],
    ['bare script: CPU', ...measured.map(({ bare }) => milliseconds(bare.cpu))],
    ['--dry: CPU', ...measured.map(({ dry, ratio }) => `${milliseconds(dry.cpu)} ${times(ratio)}`)],
    [
      '--dry, five labels an app: CPU',
      ...measured.map(({ labelled }) => `${milliseconds(labelled.cpu)} ${times(labelled.ratio)}`),
    ],
    ['bare script: peak memory', ...measured.map(({ bare }) => mebibytes(bare.peak))],
    ['--dry: peak memory', ...measured.map(({ bare, dry }) => `${mebibytes(dry.peak)} ${times(dry.peak / bare.peak)}`)],
    ...stages.map((stage) => [stage, ...measured.map(({ stages }) => stageCell(stages, stage))]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('   '),
  );
  const grown = growth(measured);
  return [...lines, ...(grown === undefined ? [] : ['', `10,000 apps cost ${grown.toFixed(1)} times the CPU of 1,000`])].join(
    '\n',
  );
}

function stageCell(stages: Measured['stages'], stage: string): string {
  const time = stages[stage] ?? Number.NaN;
  return `${time.toFixed(1)} ms ${times(time / (stages['JSON.parse'] ?? Number.NaN))}`;
}

function milliseconds(time: number): string {
  return `${time.toFixed(0)} ms`;
}

function mebibytes(size: number): string {
  return `${size.toFixed(0)} MiB`;
}

function times(ratio: number): string {
  return `(${ratio.toFixed(2).padStart(5)} ×)`;
}
