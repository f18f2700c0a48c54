/** The folders that HAProxy expects to be there when it starts; it makes none itself. */
import { linesOf } from './words.ts';

/**
 * Returns the folders of the stats sockets and of the server states that a configuration names with absolute paths (HAProxy configuration
 * manual, section 3.1: `stats socket`, `server-state-base`, `server-state-file`), each once.
 */
export function headFolders(text: string): readonly string[] {
  const found = linesOf(text, 'stats', 'server-state-base', 'server-state-file').flatMap(([keyword, first = '', second = '']) => {
    if (keyword === 'stats') return first === 'socket' ? parentOf(second.replace(/^unix@/, '')) : [];
    return keyword === 'server-state-base' ? first : parentOf(first);
  });
  return [...new Set(found.map((path) => path.replace(/\/+$/, '')))].filter(
    (path) => path.startsWith('/') && !path.includes('$'),
  );
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
