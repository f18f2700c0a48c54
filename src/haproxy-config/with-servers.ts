import { sectionsOf } from './sections.ts';

export interface WithServers {
  readonly text: string;
  /** Backends that the other configuration does not have: their servers are those of the first one. */
  readonly kept: readonly string[];
}

/** Returns a configuration in which each backend has the server lines that the backend of that name has in another configuration. */
export function withServersOf(text: string, other: string): WithServers {
  const servers = new Map<string, readonly string[]>();
  for (const { kind, name, text: section } of sectionsOf(other)) {
    if (kind === 'backend') servers.set(name, section.split(/(?<=\n)/).filter(isServer));
  }
  const kept: string[] = [];
  const sections = sectionsOf(text).map(({ kind, name, text: section }) => {
    const lines = section.split(/(?<=\n)/);
    if (kind !== 'backend' || !lines.some(isServer)) return section;
    const now = servers.get(name);
    if (now === undefined) {
      kept.push(name);
      return section;
    }
    const at = lines.findIndex(isServer);
    return [...lines.slice(0, at), ...now, ...lines.slice(at).filter((line) => !isServer(line))].join('');
  });
  return { text: sections.join(''), kept };
}

function isServer(line: string): boolean {
  return /^\s*server\s/.test(line);
}
