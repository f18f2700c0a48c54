/** What a label is asked for in a running system. */
import { expect } from 'vitest';
import type { Answer, RequestOptions } from '../network/request.ts';

export type Ask = (path?: string, options?: Partial<RequestOptions>) => Promise<Answer>;

export interface Case {
  /** Without `HAPROXY_0_`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly instances?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Marathon checks its health, too. */
  readonly isChecked?: true;
  /** In place of the app's tasks: a server of the test. */
  readonly server?: 'tls' | 'h2c' | 'picky' | 'counting' | 'nobody';
  /** What comes back. */
  readonly check: (ask: Ask, service: LiveService) => Promise<void>;
}

export interface LiveService {
  readonly id: string;
  readonly port: number;
  /** The port of HAProxy's statistics. */
  readonly stats: number;
}

/** Returns a column of HAProxy's statistics for the backend of an app, or for its first server. */
export async function statisticOf(
  ask: Ask,
  { id, stats }: LiveService,
  column: string,
  of: 'backend' | 'server' = 'backend',
): Promise<string | undefined> {
  const { text } = await ask('/haproxy?stats;csv', { port: stats });
  const rows = text.split('\n').map((line) => line.split(','));
  const row = rows.find(
    ([name, kind = '']) => name?.startsWith(`${id.slice(1)}_`) && (of === 'backend' ? kind === 'BACKEND' : /_/.test(kind)),
  );
  return row?.[rows[0]?.indexOf(column) ?? -1];
}

export type Cases = Readonly<Record<string, Case>>;

/** Of an app whose tasks echo. */
export const TCP = { SIM_TCP: '1' };

/** Returns the tasks that answer six requests in turn. Expects that each succeeds. */
export async function tasksOf(ask: Ask, headers: Readonly<Record<string, string>>): Promise<ReadonlySet<string | undefined>> {
  const answers: Answer[] = [];
  for (let time = 0; time < 6; time += 1) answers.push(await ask('/', { headers }));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  return new Set(answers.map(({ task }) => task));
}
