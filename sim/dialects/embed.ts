/** What a read of apps is to contain besides the definitions. */
export type Embed = ReadonlySet<EmbedPart>;
export type EmbedPart = 'tasks' | 'counts' | 'deployments' | 'readiness' | 'lastTaskFailure';

const PARTS: Readonly<Record<string, readonly EmbedPart[]>> = {
  tasks: ['tasks', 'deployments'],
  counts: ['counts'],
  deployments: ['deployments'],
  readiness: ['readiness'],
  lastTaskFailure: ['lastTaskFailure'],
  failures: ['counts', 'tasks', 'deployments', 'lastTaskFailure'],
};

/** Reads `embed` values; the prefix is free (`tasks`, `app.tasks`, `group.apps.tasks`), unknown ones are passed over. */
export function parseEmbed(values: readonly string[], always: readonly EmbedPart[]): Embed {
  const named = values.flatMap((value) => PARTS[value.replace(/^(?:group\.)?(?:apps?\.)?/, '')] ?? []);
  return new Set([...always, ...named]);
}
