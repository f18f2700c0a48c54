/** `marathon-lb certificates`: which certificates count, where they come from, and whether HAProxy serves them. */
import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { Machine } from '../config/machine.ts';
import { addOptions } from '../config/options/command.ts';
import type { CertificatesStatus } from '../engine/status/certificates.ts';
import { localTime } from '../lib/text/local-time.ts';
import { escapeControls } from '../log/escape-controls.ts';
import { askRunning } from './running/ask.ts';
import { placeOfRunning } from './status.ts';

/** Exit statuses: all are served; one cannot be used, is not served or ends soon; no load balancer answers. */
const STATUSES = { well: 0, problems: 1, away: 2 } as const;

/** Puts the command on the program. */
export function addCertificatesCommand(
  program: Command,
  run: (isJson: boolean, raw: Record<string, unknown>) => Promise<void>,
): void {
  const command = program
    .command('certificates')
    .description(
      'Lists the certificates of the load balancer that runs on this machine: hosts, source, issuer, end, and whether HAProxy serves them. Exit status 0: all is well; 1: one cannot be used, is not served or ends within 14 days; 2: no load balancer answers.',
    )
    .addOption(new Option('--json', 'print JSON'));
  addOptions(command, ['admin-listen', 'haproxy-config', 'state-dir', 'runtime-dir']).action((raw: Record<string, unknown>) =>
    run(raw['json'] === true, raw),
  );
}

/** Prints the list and returns the exit status. Throws `UsageError`. */
export async function certificates(
  isJson: boolean,
  raw: Record<string, unknown>,
  machine: Machine,
  { out, err, signal }: { out: (text: string) => void; err: (text: string) => void; signal: AbortSignal },
): Promise<number> {
  const found = await askRunning(await placeOfRunning(raw, machine, signal), '/_mlb/api/certificates', readAnswer);
  if (typeof found === 'string') {
    err(`marathon-lb certificates: ${found}\n`);
    return STATUSES.away;
  }
  out(isJson ? `${JSON.stringify(found, undefined, 2)}\n` : escapeControls(formatCertificates(found)));
  const now = Date.now();
  const isWell = found.certificates.every(({ served, ends }) => served !== false && Date.parse(ends) - now > ALARM);
  return isWell && found.problems.length === 0 ? STATUSES.well : STATUSES.problems;
}

/** Milliseconds. */
const ALARM = 14 * 86_400_000;

/** Throws if it is no answer of this program. */
function readAnswer(text: string): CertificatesStatus {
  const read = schema.safeParse(JSON.parse(text));
  if (!read.success) throw new Error('its answer is no list of certificates: an older version, or another program');
  return read.data as unknown as CertificatesStatus;
}

const word = z.string();

const schema = z.looseObject({
  certificates: z.array(
    z.looseObject({ name: word, hosts: z.array(word), source: word, issuer: word, ends: word, served: z.boolean().nullable() }),
  ),
  problems: z.array(z.looseObject({ origin: word, detail: word })),
});

/** Returns the list in words, the soonest end first, and what cannot be used. */
export function formatCertificates({ certificates, problems }: CertificatesStatus): string {
  const sorted = [...certificates].sort((a, b) => Date.parse(a.ends) - Date.parse(b.ends));
  const rows = sorted.map(({ hosts, name, source, issuer, ends, served }) => [
    shown(hosts, name),
    source,
    issuer,
    localTime(new Date(ends)),
    served === null ? 'not known' : served ? 'yes' : 'NO',
  ]);
  return [
    ...(rows.length === 0 ? ['No certificate is known.'] : table([['HOST', 'SOURCE', 'ISSUER', 'ENDS', 'SERVED'], ...rows])),
    ...(problems.length === 0 ? [] : ['', 'Problems', ...problems.map(({ origin, detail }) => `  ${origin} ${detail}`)]),
    '',
  ].join('\n');
}

function shown(hosts: readonly string[], name: string): string {
  const [first = name, ...rest] = hosts;
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
