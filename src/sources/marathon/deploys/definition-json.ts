/** App definitions as JSON, in any dialect: where their service ports are, and whether Marathon has what was asked for. */

export type AppJson = Readonly<Record<string, unknown>>;

/** Returns the service ports; 0 if Marathon chooses. Empty if the definition gives none. */
export function servicePortsOf(json: AppJson): readonly number[] {
  const list = (value: unknown, name: string): number[] =>
    Array.isArray(value) ? value.map((entry) => Number(isJsonObject(entry) ? (entry[name] ?? 0) : entry) || 0) : [];
  const container = isJsonObject(json['container']) ? json['container'] : {};
  const docker = isJsonObject(container['docker']) ? container['docker'] : {};
  return (
    [
      list(docker['portMappings'], 'servicePort'),
      list(container['portMappings'], 'servicePort'),
      list(json['portDefinitions'], 'port'),
      list(json['ports'], ''),
    ].find((ports) => ports.length > 0) ?? []
  );
}

/** Returns the definition with other service ports; what is beyond the list gets 0. */
export function withServicePorts(json: AppJson, ports: readonly number[]): AppJson {
  const set = (value: unknown, name: string): unknown =>
    Array.isArray(value)
      ? value.map((entry, at) => (isJsonObject(entry) ? { ...entry, [name]: ports[at] ?? 0 } : (ports[at] ?? 0)))
      : value;
  const result: Record<string, unknown> = { ...json };
  if (Array.isArray(json['portDefinitions'])) result['portDefinitions'] = set(json['portDefinitions'], 'port');
  if (Array.isArray(json['ports'])) result['ports'] = set(json['ports'], '');
  if (!isJsonObject(json['container'])) return result;
  const container: Record<string, unknown> = { ...json['container'] };
  if (Array.isArray(container['portMappings'])) container['portMappings'] = set(container['portMappings'], 'servicePort');
  if (isJsonObject(container['docker']) && Array.isArray(container['docker']['portMappings'])) {
    container['docker'] = { ...container['docker'], portMappings: set(container['docker']['portMappings'], 'servicePort') };
  }
  return { ...result, container };
}

/**
 * Returns whether an app has all that a definition names, but for the values of its service ports: Marathon adds defaults. `kept`: what
 * Marathon does not show does not count.
 */
export function hasAllOf(app: AppJson, definition: AppJson, which: 'all' | 'kept' = 'all'): boolean {
  return covers(withServicePorts(app, []), withServicePorts(definition, []), which);
}

function covers(found: unknown, asked: unknown, which: 'all' | 'kept'): boolean {
  if (asked === null || asked === undefined) return true;
  if (which === 'kept' && (found === null || found === undefined)) return true;
  if (Array.isArray(asked)) {
    const isAlike = (entry: unknown, at: number): boolean => covers((found as readonly unknown[])[at], entry, which);
    return Array.isArray(found) && found.length === asked.length && asked.every(isAlike);
  }
  if (isJsonObject(asked)) {
    return isJsonObject(found) && Object.entries(asked).every(([key, inner]) => covers(found[key], inner, which));
  }
  return found === asked;
}

export function isJsonObject(value: unknown): value is AppJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
