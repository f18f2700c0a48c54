import { expect, test } from 'vitest';
import { jsonReport } from './report.ts';

test('one line of JSON an event, with the time and without instants of a clock that nobody else has', () => {
  const lines: string[] = [];
  const report = jsonReport(
    (text) => lines.push(text),
    () => new Date('2026-02-01T14:13:42.499Z'),
  );
  const step = { kind: 'wait', why: '0 of 1 new tasks UP on lb-1', blame: 'load-balancer', until: 12_345 } as const;
  report.event({ type: 'look', sides: [], step, remaining: 500 });
  report.event({ type: 'definition', app: { env: { until: 'dawn\n' } } });
  expect(lines.map((line) => line.split('\n').length)).toEqual([2, 2]);
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    {
      at: '2026-02-01T14:13:42.499Z',
      type: 'look',
      sides: [],
      step: { kind: 'wait', why: step.why, blame: step.blame },
      remaining: 500,
    },
    { at: '2026-02-01T14:13:42.499Z', type: 'definition', app: { env: { until: 'dawn\n' } } },
  ]);
});
