import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { DeployEvent } from '../event.ts';
import { createScreen } from './terminal.ts';

const side = { app: '/x-blue', instances: 4, running: 4, healthy: 4, up: 3, draining: 1, sessions: 2, rate: 17, errors: 0 };
const look: DeployEvent = {
  type: 'look',
  sides: [side, { ...side, app: '/x-green', up: 1 }],
  step: { kind: 'wait', why: 'task t has 2 sessions on lb-1', blame: 'drain' },
  remaining: 61_000,
};

/** A terminal that knows how to go up and clear, and nothing else. */
function terminal() {
  let lines = [''];
  return {
    columns: 80,
    write(text: string) {
      const up = text.startsWith('\u001B[') && text.endsWith('A\u001B[J') ? text.slice(2, -4) : undefined;
      if (up !== undefined) lines = [...lines.slice(0, lines.length - 1 - Number(up)), ''];
      else {
        const [first = '', ...rest] = stripVTControlCharacters(text).split('\n');
        lines = [...lines.slice(0, -1), `${lines.at(-1)}${first}`, ...rest];
      }
    },
    text: () => lines.filter((line) => line !== '').map((line) => line.trimEnd()),
  };
}

test('one block is drawn again below the lines that stay', () => {
  const output = terminal();
  const screen = createScreen(output);
  screen.line('first');
  screen.event(look);
  screen.event(look);
  screen.line('second');
  const block = [
    '  app       instances  healthy  UP  draining  sessions  req/s  errors',
    '  /x-blue           4        4   3         1         2     17       0',
    '  /x-green          4        4   1         1         2     17       0',
    '  Waiting: task t has 2 sessions on lb-1 (61 s left)',
  ];
  expect(output.text()).toEqual(['first', 'second', ...block]);
  screen.event({ type: 'end', status: 0, why: 'done' });
  expect(output.text()).toEqual(['first', 'second']);
});

test('lines are cut to the width: what wraps could not be drawn again', () => {
  const output = { ...terminal(), columns: 30 };
  createScreen(output).event(look);
  const widths = output.text().map((line) => line.length);
  expect(widths).toHaveLength(4);
  expect(Math.max(...widths)).toBe(29);
});

test('a terminal that was made narrower has wrapped the lines of the block', () => {
  const written: string[] = [];
  const output = { columns: 80, write: (text: string) => written.push(text) };
  const screen = createScreen(output);
  screen.event(look);
  output.columns = 40;
  screen.clear();
  // Two of the seven lines are empty, one blank stays; the others are longer than 40 and shorter than 80.
  expect(written.at(-1)).toBe('\u001B[11A\u001B[J');
});
