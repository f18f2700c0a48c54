import type { PassRecord } from '../../src/engine/journal/journal.ts';

/** Returns the record of a pass that changed nothing, but for `change`. */
export function passRecord(change: Partial<PassRecord> = {}): PassRecord {
  return {
    cause: 'start',
    at: new Date('2026-11-22T18:00:00Z'),
    sinceCause: 20,
    stages: { read: 1, build: 1 },
    services: 1,
    servers: 2,
    problems: [],
    outcome: { kind: 'unchanged' },
    ...change,
  };
}
