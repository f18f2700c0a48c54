import { lastSection } from '../../haproxy-config/sections.ts';
import { linesOf } from '../../haproxy-config/words.ts';
import type { Logger } from '../../log/logger.ts';
import { type ConfigDocument, printSection, type Section } from '../../render/document.ts';

/** The files that HAProxy opens besides. */
const OTHERS = 100;

/**
 * Makes a function that gets each configuration that HAProxy runs, and warns once if the next start needs more open files than the limit
 * allows: HAProxy refuses to start then (`Cannot raise FD limit`), and goes on only as long as nothing restarts it. It needs two a
 * connection of `maxconn`, one a listener and one a server that it checks.
 */
export function createOpenFilesWatch(limit: number | undefined, log: Pick<Logger, 'warn'>): (doc: ConfigDocument) => void {
  const known = new WeakMap<Section, Sockets>();
  const socketsIn = (section: Section): Sockets => {
    const found = known.get(section) ?? countSockets(section);
    known.set(section, found);
    return found;
  };
  let isTooMany = false;
  return (doc) => {
    const counts = doc.sections.map(socketsIn);
    const listeners = sum(counts.map((each) => each.listeners));
    const checks = sum(counts.map((each) => each.checks));
    const maxconn = maxconnIn(doc);
    const needed = listeners + checks + 2 * maxconn + OTHERS;
    const wasTooMany = isTooMany;
    isTooMany = limit !== undefined && needed > limit && !isSoft(doc);
    if (!isTooMany || wasTooMany) return;
    log.warn(
      `HAProxy may not start again: it needs about ${needed} open files (${listeners} listeners, ${checks} checked servers, two for each connection of maxconn ${maxconn}), and the limit is ${limit}; raise the limit (ulimit -n, docker run --ulimit nofile=…)${maxconn > 0 ? ' or lower maxconn' : ''}`,
    );
  };
}

/**
 * Returns the operator's HEAD (HAPROXY_HEAD, or a template file) so that HAProxy starts with it where its `maxconn` or `ulimit-n` is above
 * the limit of open files: with `no strict-limits` (HAProxy configuration manual, section 3.1) HAProxy takes what it gets, as it did under
 * marathon-lb 1.15. Logs why. Returns the same text if it fits, or says what to do.
 */
export function withSoftLimits(head: string, limit: number | undefined, log: Pick<Logger, 'warn'>): string {
  const global = lastSection('global', head);
  const maxconn = numberIn(global, 'maxconn');
  const needed = Math.max(2 * maxconn + OTHERS, numberIn(global, 'ulimit-n'));
  if (limit === undefined || needed <= limit || /\bstrict-limits\b/.test(global)) return head;
  log.warn(
    `HAPROXY_HEAD wants ${needed} open files (maxconn ${maxconn}), and the limit is ${limit}: \`no strict-limits\` is added, or HAProxy would not start; it takes fewer connections than maxconn says. Raise the limit (ulimit -n, docker run --ulimit nofile=…) or lower maxconn`,
  );
  return head.replace(/^[ \t]*global\b.*$(?![^]*^[ \t]*global\b)/m, '$&\n  no strict-limits');
}

interface Sockets {
  readonly listeners: number;
  readonly checks: number;
}

function countSockets(section: Section): Sockets {
  return {
    listeners: linesOf(printSection(section), 'bind').length,
    checks: (section.servers ?? []).filter(({ text }) => /\scheck\s/.test(text)).length,
  };
}

function maxconnIn(doc: ConfigDocument): number {
  const head = doc.sections.find(({ kind }) => kind === 'head');
  if (head === undefined) return 0;
  return numberIn(lastSection('global', printSection(head)), 'maxconn');
}

/** Returns whether HAProxy starts with fewer open files than it wants. */
function isSoft(doc: ConfigDocument): boolean {
  const head = doc.sections.find(({ kind }) => kind === 'head');
  return head !== undefined && /^\s*no strict-limits\b/m.test(printSection(head));
}

/** Returns the value of a keyword, the last one if it stands there twice; 0 without one. */
function numberIn(global: string, keyword: string): number {
  const [, value] = linesOf(global, keyword).at(-1) ?? [];
  return Number(value ?? 0) || 0;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
