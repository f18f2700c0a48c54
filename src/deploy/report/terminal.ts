/** The view on a terminal: one block that is drawn again, with lines of the log scrolling above it. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { describe } from './texts.ts';
import type { DeployEvent } from '../event.ts';
import type { Report } from './report.ts';
import type { SideSummary } from './summary.ts';

export interface Screen extends Report {
  /** A line that stays, above the block. */
  line(text: string): void;
  /** Takes the block away, for a question or for good; the next event draws it again. */
  clear(): void;
}

export interface ScreenOutput {
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export function createScreen(output: ScreenOutput): Screen {
  let drawn: readonly string[] = [];
  let block: readonly string[] = [];
  const clear = (): void => {
    // A terminal that was made narrower since has wrapped what did not fit.
    const width = output.columns || 80;
    const height = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / width)), 0);
    if (height > 0) output.write(`\u001B[${height}A\u001B[J`);
    drawn = [];
  };
  const draw = (): void => {
    if (block.length > 0) output.write(`${block.join('\n')}\n`);
    drawn = block;
  };
  return {
    clear,
    line(text) {
      clear();
      output.write(text.endsWith('\n') ? text : `${text}\n`);
      draw();
    },
    event(event) {
      clear();
      block = event.type === 'look' ? blockOf(event, output.columns || 80) : event.type === 'end' ? [] : block;
      draw();
    },
  };
}

const HEADINGS = ['app', 'instances', 'healthy', 'UP', 'draining', 'sessions', 'req/s', 'errors'] as const;

function blockOf(event: Extract<DeployEvent, { readonly type: 'look' }>, columns: number): readonly string[] {
  const rows = event.sides.map(cellsOf);
  const width = Math.max(...[HEADINGS[0], ...rows.map(([app = '']) => app)].map((text) => text.length));
  const row = ([app = '', ...figures]: readonly string[]): string =>
    `  ${app.padEnd(width)}${figures.map((figure, at) => figure.padStart((HEADINGS[at + 1] ?? '').length + 2)).join('')}`;
  const left = event.remaining === undefined ? '' : ` (${Math.ceil(event.remaining / 1000)} s left)`;
  const lines = ['', row(HEADINGS), ...rows.map(row), '', `  ${describe(event.step)}${left}`, ''];
  // A line that wraps would be counted wrong.
  const cut = lines.map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`));
  return cut.map((line, at) => (at === 1 ? styleText('dim', line) : at === cut.length - 2 ? styleText('bold', line) : line));
}

function cellsOf({ app, instances, healthy, up, draining, sessions, rate, errors }: SideSummary): readonly string[] {
  return [app, ...[instances, healthy, up, draining, sessions, rate, errors].map(String)];
}
