/** A pass as it is kept on disk: one line of JSON. */
import { z } from 'zod';
import { redact } from '../../haproxy-config/redact.ts';
import { isNote, type Problem } from '../../model/problem.ts';
import { describe } from '../../plan/describe.ts';
import { diffFromDisk, diffOf } from './diff.ts';
import type { Entry } from './journal.ts';
import { formatProblem, formatOutcome } from './log-passes.ts';

const told = z.object({ app: z.string().optional(), text: z.string() });

const schema = z.object({
  /** Number of the pass; stands first in the line. */
  pass: z.number(),
  at: z.string(),
  cause: z.string(),
  /** Milliseconds since the cause. */
  took: z.number(),
  /** Milliseconds a stage. */
  stages: z.record(z.string(), z.number()),
  services: z.number(),
  servers: z.number(),
  problems: z.number(),
  outcome: z.string(),
  /** The outcome in words: with the reasons of a reload, the error of a failure. */
  result: z.string(),
  changes: z.array(told),
  /** Changes that there were beyond those. */
  moreChanges: z.number().optional(),
  appeared: z.array(told),
  /** Problems that were there before, in other words now. */
  altered: z.array(told).optional(),
  mended: z.array(told),
  diff: z.string().optional(),
  /** Names in the archive of what the files were before. */
  archived: z.array(z.string()).optional(),
});

export type FileEntry = z.infer<typeof schema>;

/** Returns what is kept of a pass: bounded, without secrets. */
export function fileEntryOf(entry: Entry): FileEntry {
  const { id, at, cause, sinceCause, stages, services, servers, problems, outcome } = entry;
  const changes = describe(entry.changes);
  const diff = entry.before === undefined ? diffFromDisk(entry) : diffOf(entry.changes);
  return {
    pass: id,
    at: at.toISOString(),
    cause,
    took: rounded(sinceCause),
    stages: Object.fromEntries(Object.entries(stages).map(([stage, ms]) => [stage, rounded(ms)])),
    services,
    servers,
    problems: problems.filter((problem) => !isNote(problem)).length,
    outcome: outcome.kind,
    result: redact(formatOutcome(outcome)).slice(0, MOST_CHARACTERS),
    changes: changes.slice(0, MOST),
    ...(changes.length > MOST ? { moreChanges: changes.length - MOST } : {}),
    appeared: entry.appeared.slice(0, MOST).map(toldProblem),
    ...(entry.altered.length > 0 && { altered: entry.altered.slice(0, MOST).map(toldProblem) }),
    mended: entry.mended.slice(0, MOST).map(toldProblem),
    ...(diff === '' ? {} : { diff }),
    ...(outcome.kind === 'reload' && outcome.archived?.length ? { archived: outcome.archived.slice(0, MOST) } : {}),
  };
}

/** Reads a line. Returns undefined if it is no entry (cut off by a full disk, written by hand). */
export function readFileEntry(line: string): FileEntry | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

const MOST = 100;
const MOST_CHARACTERS = 4000;

function toldProblem(problem: Problem): z.infer<typeof told> {
  return { app: problem.app, text: formatProblem(problem) };
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
