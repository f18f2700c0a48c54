/** The apps of an answer to `GET /v2/apps`. */
import type { Problem } from '../../../model/problem.ts';
import { collectApps, type Collector } from '../http/collect-json.ts';
import { MarathonError } from '../error.ts';
import type { MarathonApp } from './dialects.ts';
import { MOST_APPS } from './limits.ts';
import { readApp } from './read-app.ts';
import type { parseApp } from './schema.ts';

export interface AppsAnswer {
  readonly apps: readonly MarathonApp[];
  readonly rejected: readonly Problem[];
}

/** An app as it came in: read, or to be looked at by the schema. */
type Entry = { readonly app: MarathonApp; readonly problem?: undefined } | { readonly raw: unknown; readonly position: number };

/** Reads the apps as they come in. Without an array of them it is no answer of Marathon's. Throws a `RangeError` if they are too many. */
export function appsCollector(): Collector<readonly Entry[]> {
  const entries: Entry[] = [];
  const { push, end } = collectApps((raw) => {
    if (entries.length === MOST_APPS) throw new RangeError(`it has more than ${MOST_APPS} apps`);
    const app = readApp(raw);
    entries.push(app ? { app } : { raw, position: entries.length + 1 });
  });
  return {
    push,
    end: () => {
      if (!end()) throw new MarathonError('unexpected-answer', NO_APPS);
      return entries;
    },
  };
}

const NO_APPS = 'the answer to GET /v2/apps has no array "apps": check that --marathon names a Marathon';

/** Returns whether the schema has to read it: a large library, which is loaded only then. */
export function areUnusual(entries: readonly Entry[]): boolean {
  return entries.some((entry) => 'raw' in entry);
}

/**
 * What was collected, without the app `frameworkName`. Of two apps with one id the first counts. `parse` looks at what is unusual; it
 * may be left out where nothing is (`areUnusual`).
 */
export function understand(entries: readonly Entry[], frameworkName: string | undefined, parse?: typeof parseApp): AppsAnswer {
  const apps: MarathonApp[] = [];
  const rejected: Problem[] = [];
  const seen = new Set<string>();
  for (const entry of entries) {
    const parsed = 'raw' in entry ? parse?.(entry.raw, entry.position) : entry;
    if (parsed === undefined) continue;
    if (parsed.app === undefined) {
      if (!isFramework(parsed.problem.app, frameworkName)) rejected.push(parsed.problem);
    } else if (!isFramework(parsed.app.id, frameworkName)) {
      const { app } = parsed;
      if (seen.has(app.id)) rejected.push({ code: 'app-unreadable', app: app.id, detail: TWICE });
      else apps.push(app);
      seen.add(app.id);
    }
  }
  return { apps, rejected };
}

const TWICE = 'Marathon lists the app twice; the first one counts';

function isFramework(id: string, frameworkName: string | undefined): boolean {
  return frameworkName !== undefined && id.replace(/^\//, '') === frameworkName;
}
