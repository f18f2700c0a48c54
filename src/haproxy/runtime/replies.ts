/** Classifies the answers of HAProxy on its sockets, in one place. Answers are those under `set severity-output number`. */

/** The first refusal in an answer, in HAProxy's words; undefined: all went well. Levels 0 to 3 are emergencies to errors. */
export function refusalIn(answer: string): string | undefined {
  for (const line of answer.split('\n')) {
    const [, level, text = ''] = /^\[(\d)\]: ?(.*)$/.exec(line) ?? [];
    if (level !== undefined && (Number(level) <= 3 || /^(Unknown command|Permission denied)/.test(text))) return text.trim();
    // Older versions do not give every answer its level.
    if (level === undefined && /^(Unknown command|Permission denied)/.test(line)) return line.trim();
  }
  return undefined;
}

/** The result of `del server`; `busy`: it can be deleted later. */
export type Deletion = 'deleted' | 'busy' | { readonly refused: string };

export function deletionIn(answer: string): Deletion {
  // Such a server cannot receive anything any more; neither the deletion nor the shutdown found it.
  if (/\b(Server deleted|No such (server|backend))/.test(answer)) return 'deleted';
  // Somebody, or an agent, may have it take requests again.
  if (/still has connections attached|Only servers in maintenance mode/.test(answer)) return 'busy';
  const refused = refusalIn(answer);
  return refused === undefined ? 'busy' : { refused };
}

/** The number in `New version created: 3`. */
export function versionIn(answer: string): string | undefined {
  return /New version created: (\d+)/.exec(answer)?.[1];
}

/** Which process answers: its number, and how long it runs in seconds. */
export interface Identity {
  readonly pid: number;
  readonly uptime: number;
}

/** From `show info`. */
export function identityIn(answer: string): Identity | undefined {
  const pid = /^Pid: (\d+)/m.exec(answer)?.[1];
  const uptime = /^Uptime_sec: (\d+)/m.exec(answer)?.[1];
  return pid === undefined || uptime === undefined ? undefined : { pid: Number(pid), uptime: Number(uptime) };
}

/** Returns whether `next` is another process than `before`. */
export function isRestarted(before: Identity, next: Identity): boolean {
  return before.pid !== next.pid || next.uptime < before.uptime;
}

/** A server as HAProxy has it: a row of `show servers state`. */
export interface ServerState {
  readonly backend: string;
  readonly name: string;
  readonly host: string;
  readonly port: string;
  /** The host name that the address is of; `-`: none. */
  readonly fqdn: string;
  readonly weight: number;
  readonly maintenance: boolean;
  readonly draining: boolean;
  /** It counts as unhealthy, and was not taken out of service by hand. */
  readonly isDown: boolean;
  readonly check: Probing;
  readonly agent: Probing;
}

/** Of the checks of a server, or of its agent; `off`: they were disabled. */
export type Probing = 'none' | 'off' | 'on';

/** From `show servers state`, format version 1 (HAProxy management guide, section 9.3). */
export function serversIn(answer: string): ServerState[] {
  const servers: ServerState[] = [];
  let columns: readonly string[] = [];
  for (const line of answer.split('\n')) {
    if (line.startsWith('# ')) columns = line.slice(2).split(' ');
    const row = line.split(' ');
    if (line.startsWith('#') || row.length < 10) continue;
    const cell = (name: string) => row[columns.indexOf(name)] ?? '';
    const admin = Number(cell('srv_admin_state'));
    servers.push({
      backend: cell('be_name'),
      name: cell('srv_name'),
      host: cell('srv_addr'),
      port: cell('srv_port'),
      fqdn: cell('srv_fqdn'),
      weight: Number(cell('srv_uweight')),
      // Bits: 0x01 forced maintenance, 0x08 forced drain.
      maintenance: (admin & 0x01) !== 0,
      draining: (admin & 0x08) !== 0,
      isDown: admin === 0 && cell('srv_op_state') === '0',
      check: probingOf(cell('srv_check_state')),
      agent: probingOf(cell('srv_agent_state')),
    });
  }
  return servers;
}

/** Bits: 0x02 configured, 0x04 enabled. */
function probingOf(state: string): Probing {
  if ((Number(state) & 0x04) !== 0) return 'on';
  return (Number(state) & 0x02) !== 0 ? 'off' : 'none';
}

/** A frontend as HAProxy has it: a row of `show stat`. */
export interface FrontendState {
  readonly name: string;
  /** `OPEN`, `PAUSED` (disabled by hand) or `STOP` (shut down by hand, for good). */
  readonly status: string;
  readonly maxconn: number;
}

/** From `show stat -1 1 -1` (HAProxy management guide, section 9.1): comma-separated, the columns named in the first line. */
export function frontendsIn(answer: string): FrontendState[] {
  const [header = '', ...rows] = answer.split('\n').filter((line) => line !== '' && !line.startsWith('['));
  const columns = header.replace('# ', '').split(',');
  const [status, maxconn] = [columns.indexOf('status'), columns.indexOf('slim')];
  return rows.map((line) => {
    const row = line.split(',', columns.length);
    return { name: row[0] ?? '', status: row[status] ?? '', maxconn: Number(row[maxconn]) };
  });
}

/** Names from `show backend`. */
export function backendsIn(answer: string): string[] {
  return answer.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('['));
}

/** Keys and values from `show map`, in their order. */
export function entriesIn(answer: string): (readonly [key: string, value: string])[] {
  return answer.split('\n').flatMap((line) => {
    const [, key, value] = /^0x[0-9a-f]+ (\S+) (\S+)\s*$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
}

/** An entry of a list of certificates, and the number that HAProxy knows it by. */
export interface CrtListLine {
  readonly path: string;
  readonly line: string;
  /** The entry as a list has it. */
  readonly text: string;
}

/** From `show ssl crt-list -n`. */
export function crtListIn(answer: string): CrtListLine[] {
  return answer.split('\n').flatMap((text) => {
    const [, path, line, rest = ''] = /^(\/\S+):(\d+)( .*)?$/.exec(text.trimEnd()) ?? [];
    return path === undefined || line === undefined ? [] : [{ path, line, text: `${path}${rest}` }];
  });
}

/** Paths from `show ssl cert`, without that of a transaction. */
export function certificatePathsIn(answer: string): string[] {
  return answer.split('\n').filter((line) => line.startsWith('/'));
}

/** Path and SHA-1 of each certificate in answers to `show ssl cert PATH`. */
export function certificatesIn(answer: string): Map<string, string> {
  const found = new Map<string, string>();
  let path: string | undefined;
  for (const line of answer.split('\n')) {
    const [, key, value = ''] = /^(Filename|SHA1 FingerPrint): (.*)$/.exec(line) ?? [];
    if (key === 'Filename') path = value;
    else if (key !== undefined && path !== undefined) found.set(path, value);
  }
  return found;
}

/** The certificate that a transaction is under way for, from a refusal to end that of another one. */
export function transactionIn(answer: string): string | undefined {
  return /ongoing transaction is about '([^']+)'/.exec(answer)?.[1];
}

/** The certificate whose transaction `set ssl cert` has begun, or changed (HAProxy 2.6). */
export function transactionOf(answer: string): string | undefined {
  return /Transaction (?:created|updated) for certificate (\S+)!/.exec(answer)?.[1];
}

/** Returns whether `commit ssl cert` or `add ssl crt-list` went well: what went wrong has no level. */
export function hasCommitted(answer: string): boolean {
  return /^Success!/m.test(answer) && refusalIn(answer) === undefined;
}

/** The answer of `reload` on the master's socket, HAProxy 2.7 and later; undefined: it does not say. */
export function reloadIn(answer: string): { readonly ok: boolean; readonly log: string } | undefined {
  const [, success] = /^Success=([01])/m.exec(answer) ?? [];
  if (success === undefined) return undefined;
  return { ok: success === '1', log: answer.slice(answer.indexOf('--') + 2).trim() };
}

/** Counters of the master from `show proc`: reloads since its start, and those of them that failed since the last good one. */
export function masterIn(answer: string): { readonly reloads: number; readonly failed: number } | undefined {
  const [, reloads, failed] = /^\d+\s+master\s+(\d+)(?: \[failed: (\d+)\])?/m.exec(answer) ?? [];
  return reloads === undefined ? undefined : { reloads: Number(reloads), failed: Number(failed ?? 0) };
}
