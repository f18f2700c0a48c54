import { z } from 'zod';
import type { Problem } from '../../../model/problem.ts';
import { APP_ID } from '../../../model/app-id.ts';
import { type AppDefinition, type MarathonApp, type TaskDefinition, workloadOf } from './dialects.ts';
import { MOST_ELEMENTS, MOST_UNREAD_TASKS } from './limits.ts';

/** What came of one app's JSON: the app, or why it could not be read. */
export type ParsedApp =
  | { readonly app: MarathonApp; readonly problem?: undefined }
  | { readonly app?: undefined; readonly problem: Problem };

/**
 * Makes an app of the JSON that Marathon gives for it, in every dialect from 0.8 to 1.11. Never throws, whatever `raw` is.
 * A task that cannot be read is left out of it, and named. `null` is absent at any depth, unknown keys are dropped, of the labels only those that begin with `HAPROXY_` are kept.
 * `position` (from 1) names the app in the problem if it has no usable id.
 */
export function parseApp(raw: unknown, position = 1): ParsedApp {
  const parsed = app.safeParse(raw);
  if (parsed.success) {
    const { tasks, ...definition } = parsed.data;
    dropNulls(definition);
    const { read, unread } = readTasks(tasks ?? []);
    return { app: workloadOf(definition as AppDefinition, read, unread.length === 0 ? undefined : unread) };
  }
  const issue = parsed.error.issues[0];
  return {
    problem: {
      code: 'app-unreadable',
      app: nameOf(raw, position),
      detail: `Marathon's definition of the app cannot be read: ${issue === undefined ? 'invalid' : sentenceOf(issue)}; the app is left out until that is mended`,
    },
  };
}

/** Each on its own: one that cannot be read costs the others nothing. Its problem does not depend on their order. */
function readTasks(list: readonly unknown[]): { readonly read: readonly TaskDefinition[]; readonly unread: readonly string[] } {
  const read: TaskDefinition[] = [];
  const unread: string[] = [];
  for (const raw of list) {
    if (raw === null) continue;
    if (unread.length === MOST_UNREAD_TASKS) {
      unread.push(`tasks after ${MOST_UNREAD_TASKS} that cannot be read are not looked at`);
      break;
    }
    const parsed = task.safeParse(raw);
    if (parsed.success) {
      dropNulls(parsed.data);
      read.push(parsed.data as TaskDefinition);
    } else {
      const [issue] = parsed.error.issues;
      const name = idOf(raw) ?? 'without a usable id';
      unread.push(`task ${name} cannot be read: ${issue === undefined ? 'invalid' : sentenceOf(issue)}`);
    }
  }
  return { read, unread };
}

/** How a problem calls the app of this JSON: its id if it has a usable one, else its place in the answer. */
export function nameOf(raw: unknown, position: number): string {
  return idOf(raw) ?? `number ${position} of the answer`;
}

function idOf(raw: unknown): string | undefined {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : undefined;
  return typeof id === 'string' && APP_ID.test(id) ? id : undefined;
}

/** Text that gets into lines of the configuration as it is: nothing that ends a word or a line. */
const WORD = /^[^\s\p{Cc}]*$/u;
const word = z.string().regex(WORD, { error: 'a text without blanks and control characters is needed' });
const id = z.string().regex(APP_ID, { error: 'an id of letters, digits and ._:/- is needed' });
/** Text of a health check, which a line of the configuration has in its middle. */
const line = z.string().regex(/^\P{Cc}*$/u, { error: 'a text without control characters is needed' });
const port = z.int().min(0).max(65_535);

/** Of labels of others, which may hold anything, not even the type is looked at. */
const labels = z
  .unknown()
  .optional()
  .transform((value, context): Record<string, string> => {
    const own: Record<string, string> = {};
    if (value === undefined || value === null) return own;
    if (typeof value !== 'object' || Array.isArray(value)) {
      context.issues.push({ code: 'custom', input: value, message: 'a map of texts is needed' });
      return own;
    }
    for (const [name, text] of Object.entries(value)) {
      if (!name.startsWith('HAPROXY_') || text === null) continue;
      if (typeof text === 'string') own[name] = text;
      else {
        // One is enough to say what is wrong.
        context.issues.push({ code: 'custom', input: text, path: [name], message: 'a text is needed' });
        break;
      }
    }
    return own;
  });

/** Elements of an array may be null too; `dropNulls` takes them out. A long one is not looked at. */
const list = <T extends z.ZodType>(element: T) => {
  const elements = z.array(element.nullable()).nullish();
  return z
    .custom<z.input<typeof elements>>((value) => !Array.isArray(value) || value.length <= MOST_ELEMENTS, {
      error: `at most ${MOST_ELEMENTS} elements are allowed`,
    })
    .optional()
    .pipe(elements);
};

const portMappings = list(
  z.object({
    containerPort: port.nullish(),
    hostPort: port.nullish(),
    servicePort: port.nullish(),
    name: z.string().nullish(),
    protocol: z.string().nullish(),
  }),
);

const task = z.object({
  id: word.min(1),
  host: word.nullish(),
  ports: list(port),
  ipAddresses: list(z.object({ ipAddress: word.nullish() })),
  state: z.string().nullish(),
  healthCheckResults: list(z.object({ alive: z.boolean().nullish() })),
  // One that is no text costs the task nothing.
  version: z.unknown().optional(),
});

const healthCheck = z.object({
  protocol: line.nullish(),
  path: line.nullish(),
  port: port.nullish(),
  portIndex: z.union([z.int(), line]).nullish(),
  gracePeriodSeconds: z.number().nullish(),
  intervalSeconds: z.number().nullish(),
  timeoutSeconds: z.number().nullish(),
  maxConsecutiveFailures: z.number().nullish(),
});

const app = z.object({
  id,
  instances: z.number().nullish(),
  labels,
  container: z
    .object({
      docker: z.object({ network: z.string().nullish(), portMappings }).nullish(),
      portMappings,
    })
    .nullish(),
  ipAddress: z.object({ discovery: z.object({ ports: list(z.object({ number: port })) }).nullish() }).nullish(),
  networks: list(z.object({ mode: z.string().nullish() })),
  ports: list(port),
  portDefinitions: list(z.object({ port: port.nullish(), name: z.string().nullish(), protocol: z.string().nullish() })),
  healthChecks: list(healthCheck),
  version: z.string().nullish(),
  versionInfo: z.object({ lastScalingAt: z.string().nullish(), lastConfigChangeAt: z.string().nullish() }).nullish(),
  tasks: z.array(z.unknown()).nullish(),
});

/**
 * Takes the nulls out of what the schema returned: fresh and small objects, so that this costs less than nullable fields
 * with a transformation each.
 */
function dropNulls(value: object, depth = 0): void {
  if (depth > DEEPEST) return;
  const members = value as Record<string, unknown>;
  const within = (element: object): void => dropNulls(element, depth + 1);
  for (const key in members) {
    const member = members[key];
    if (member === null) members[key] = undefined;
    else if (typeof member !== 'object') continue;
    else if (!Array.isArray(member)) within(member);
    else if (member.includes(null)) {
      const kept: object[] = member.filter((element) => element !== null);
      members[key] = kept;
      for (const element of kept) if (typeof element === 'object') within(element);
    } else if (typeof member[0] === 'object') for (const element of member as object[]) within(element);
  }
}

/** Nothing that is read lies deeper. */
const DEEPEST = 20;

/** `tasks.3.ports.0: expected number, received string`: never a value, which might be a secret. */
function sentenceOf(issue: z.core.$ZodIssue): string {
  const at = issue.path.map((key) => String(key).replaceAll(/[\s\p{Cc}]+/gu, ' ')).join('.');
  return `${at === '' ? 'the whole' : at}: ${issue.message}`;
}
