/** Returns the version of a task if it was started before the last change of the app's definition; a change of scale only is none. */
export function formerVersion(version: unknown, changed: string | undefined): string | undefined {
  if (typeof version !== 'string' || changed === undefined || !(version < changed)) return undefined;
  return DATE.test(version) && DATE.test(changed) ? version : undefined;
}

/** As Marathon writes them: text that sorts as the dates do. */
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
