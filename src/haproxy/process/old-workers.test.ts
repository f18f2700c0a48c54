import { expect, test } from 'vitest';
import { oldWorkers } from './old-workers.ts';

const process = (pid: number, parent: number) => ({ pid, parent, started: '1' });

test.each([
  ['none', [], 0],
  ['a master and its worker', [process(1, 0), process(2, 1)], 0],
  ['two reloads while connections last', [process(1, 0), process(2, 1), process(3, 1), process(4, 1)], 2],
  ['without a master', [process(5, 1), process(6, 1)], 1],
])('%s', (_, processes, count) => expect(oldWorkers(processes)).toBe(count));
