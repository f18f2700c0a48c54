/** Labels that render lines: any of them together are taken by HAProxy, and no value is more than the words that it should be. */
import { spawnSync } from 'node:child_process';
import { cpuTime } from '../support/cpu-time.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sureWords } from '../../src/haproxy-config/words.ts';
import { parseLabel } from '../../src/model/labels/parse-label.ts';
import { renderingsOf, typedRows } from '../../src/model/labels/from-rows.ts';
import type { LabelRow } from '../../src/model/labels/rows/row.ts';
import { DEFAULT_LIMITS } from '../../src/model/values/limits.ts';
import { readRegex } from '../../src/model/values/rules/regex.ts';
import { ownerOf, print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { createAuthority } from '../support/certificates/authority.ts';
import { HAPROXIES, versionOf } from '../support/haproxy/haproxies.ts';
import { BESIDE, GOOD_VALUES, RSA_KEY, SECRET } from '../support/labels/good-values.ts';
import { addFiles, type CaseOptions, outcomeOf } from '../support/rendering/golden.ts';

let folder = '';
const partners = await createAuthority('partners');
const ARGS = [
  '--group',
  'external',
  '--auth-hosts',
  'auth.test,10.0.0.9:4180',
  '--cert-store',
  'dir:/golden/store',
  '--client-cas',
  '/golden/cas',
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'typed-'));
  await addFiles(folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('each label has good values here', () => {
  expect(Object.keys(GOOD_VALUES).sort()).toEqual(typedRows.map(({ name }) => name).sort());
  for (const row of typedRows) {
    for (const text of GOOD_VALUES[row.name] ?? [])
      expect({ text, ...parseLabel(row.type, text, DEFAULT_LIMITS) }).toHaveProperty('value');
  }
});

/** Some of these labels, with one of their values. */
function someOf(values: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<Readonly<Record<string, string | undefined>>> {
  const each = Object.entries(values).map(([name, texts]) => [
    name,
    fc.option(fc.constantFrom(...texts), { nil: undefined, freq: 3 }),
  ]);
  return fc.record(Object.fromEntries(each));
}

/** What tokens must say means nothing without a key, and not each algorithm fits each key. */
function withKey(labels: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | undefined>> {
  const { JWT_KEY: key, JWT_ALG: algorithm, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = labels;
  if (algorithm !== undefined) return { ...labels, JWT_KEY: SECRET };
  return (issuer ?? audience) === undefined ? labels : { ...labels, JWT_KEY: key ?? RSA_KEY };
}

describe('200 apps with random labels', () => {
  const app = fc.tuple(someOf(GOOD_VALUES), someOf(BESIDE), fc.nat(2), fc.boolean(), fc.boolean());
  const apps = fc.sample(app, { numRuns: 200, seed: 20_261_127 }).map(([some, beside, tasks, hasHost, isChecked], at) => {
    const own = withKey(some);
    const labels = { ...own, ...beside, ...(hasHost && beside['MODE'] !== 'tcp' && { VHOST: `app-${at}.test` }) };
    const given = Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return {
      id: `/app-${at}`,
      instances: tasks,
      labels: {
        HAPROXY_GROUP: 'external',
        ...Object.fromEntries(
          given.map(([name, value]) => [`HAPROXY_0_${name}`, value.replace(/^(www|old|older)\./, `$1.app-${at}.`)]),
        ),
      },
      portDefinitions: [{ port: 10_000 + at }],
      ...(isChecked && { healthChecks: [{ protocol: 'HTTP', path: '/health', portIndex: 0 }] }),
      tasks: Array.from({ length: tasks + 1 }, (_, task) => ({
        id: `app-${at}.${task}`,
        host: `10.0.0.${task + 1}`,
        ports: [20_000 + at],
        state: 'TASK_RUNNING',
        ...(isChecked && { healthCheckResults: [{ alive: true }] }),
      })),
    };
  });

  it('have each label many times', () => {
    for (const name of Object.keys({ ...GOOD_VALUES, ...BESIDE, VHOST: [] })) {
      const count = apps.filter(({ labels }) => `HAPROXY_0_${name}` in labels).length;
      expect({ name, isOften: count > 50 }).toEqual({ name, isOften: true });
    }
  });

  const ways = [[], ['--haproxy-map'], ['--group-https-by-vhost'], ['--auth-scope', 'all', '--dynamic-cookies']];
  it.each(HAPROXIES.flatMap((haproxy) => ways.map((args) => [haproxy, args] as const)))(
    '%s accepts them all, with %j',
    (haproxy, args) => {
      const options: CaseOptions = {
        args: [...ARGS, ...args],
        head: 'default',
        clientCas: { 'partners.pem': partners.certificate, 'team-a.v2.pem': partners.certificate },
        certificates: { cert: ['golden.example.com'], one: ['app-1.test', '*.test'] },
      };
      const { document, problems } = outcomeOf(apps, options, versionOf(haproxy));
      for (const file of document.files)
        writeFileSync(join(folder, file.name), printFile(file).replaceAll('/golden/', `${folder}/`));
      const text = print(document);
      const served = new Set(Array.from(text.matchAll(/^backend (app-\d+)_/gm), ([, name]) => name));
      const guarded = problems.filter(({ detail }) => detail.includes('can keep nobody away')).map(({ app: id }) => id.slice(1));
      expect(new Set([...served, ...guarded]).size).toBe(200);
      const config = join(folder, 'haproxy.cfg');
      writeFileSync(config, text.replaceAll('/golden/', `${folder}/`));
      const { stderr, status } = spawnSync(haproxy, ['-c', '-f', config], { encoding: 'utf8', timeout: 20_000 });
      const said = stderr.split('\n').filter((line) => /ALERT|WARNING/.test(line) && !isMeant(line));
      expect(said.map((line) => [line, labelsOf(document, line)])).toEqual([]);
      expect(status).toBe(0);
    },
  );

  function labelsOf(document: Parameters<typeof print>[0], line: string): unknown {
    const at = Number(/\.cfg:(\d+)/.exec(line)?.[1] ?? 0);
    const id = ownerOf(document, at)?.app;
    return apps.find((each) => each.id === id)?.labels;
  }
});

describe('regular expressions', () => {
  const tokens = [
    'a',
    'b',
    '/',
    '.',
    '[a-z]',
    '[^/]',
    '[ab]',
    '\\d',
    '\\.',
    '(',
    '(?:',
    ')',
    '(a)',
    '(?:b|/)',
    '|',
    '*',
    '+',
    '?',
    '{2}',
    '{1,3}',
    '$',
    '!',
    '-',
  ];
  const anyRegex = fc.array(fc.constantFrom(...tokens), { maxLength: 12 }).map((parts) => `^${parts.join('')}`);
  const accepted = [...new Set(fc.sample(anyRegex, { numRuns: 30_000, seed: 20_261_129 }))].filter(
    (text) => 'groups' in readRegex(text),
  );

  it.each(HAPROXIES)('that are accepted are taken by %s', (haproxy) => {
    expect(accepted.length).toBeGreaterThan(1000);
    const config = join(folder, 'regex.cfg');
    const rules = accepted.map((text) => `  http-request replace-path '${text}' /\n`).join('');
    writeFileSync(
      config,
      `defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nlisten x\n  bind 127.0.0.1:1\n${rules}`,
    );
    const { stderr, status } = spawnSync(haproxy, ['-c', '-f', config], { encoding: 'utf8', timeout: 20_000 });
    expect([stderr.split('\n').filter((line) => /ALERT|WARNING/.test(line)), status]).toEqual([[], 0]);
  });

  it('that are accepted are quick, whatever the path', () => {
    const paths = ['a', 'ab', '/', '/a', 'a.', '1', 'b!'].flatMap((part) => [
      `/${part.repeat(4000)}`,
      `/${part.repeat(4000)}!\n`,
    ]);
    const timeOf = (regex: RegExp): number => cpuTime(() => paths.map((path) => regex.test(path)));
    // The patterns that this test looks for take minutes.
    const slow = accepted.map((text) => new RegExp(text)).filter((regex) => timeOf(regex) > 250);
    expect(slow).toEqual([]);
  });
});

/** 1.15's names, its order of rules, its cookies in mode tcp, and the time of a password's hash. */
function isMeant(said: string): boolean {
  if (/cookie will be ignored for backend|ignoring cookie for server/.test(said)) return true;
  return /has the same name as (?:front|back)end|will still be processed before|the hash algorithm used for this password/.test(
    said,
  );
}

describe('no value is more than it should be', () => {
  const good = new Map(typedRows.map((row) => [row.name, (GOOD_VALUES[row.name] ?? []).map((text) => linesOf(row, text) ?? [])]));
  /** Words of HAProxy: those that lines of different values have in common, and those of conditions. */
  const keywordsOf = (name: string): ReadonlySet<string> => {
    const counts = new Map([...CONDITIONS].map((word) => [word, 2]));
    for (const lines of good.get(name) ?? []) {
      for (const word of new Set(lines.flatMap((line) => sureWords(plain(line)) ?? [])))
        counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return new Set(Array.from(counts).flatMap(([word, count]) => (count > 1 ? [word] : [])));
  };
  it.each(typedRows.map(({ name }) => name))('%s', (name) => {
    const row = typedRows.find((each) => each.name === name) as LabelRow;
    const keywords = keywordsOf(name);
    const shapes = new Set((good.get(name) ?? []).flat().map((line) => shapeOf(line, keywords)));
    fc.assert(
      fc.property(
        fc.constantFrom(...(GOOD_VALUES[name] ?? [''])),
        fc.nat(60),
        fc.array(spice, { minLength: 1, maxLength: 3 }),
        (text, place, words) => {
          const at = place % (text.length + 1);
          for (const each of [text.slice(0, at) + words.join('') + text.slice(at), words.join('')]) {
            for (const line of linesOf(row, each) ?? []) {
              expect(line).not.toMatch(/[^ \P{Z}]|\p{C}/u);
              expect({ line, isSure: sureWords(line) !== undefined }).toEqual({ line, isSure: true });
              expect({ line, isKnown: shapes.has(shapeOf(line, keywords)) }).toEqual({ line, isKnown: true });
              expect(line.replaceAll(OWN_FORMATS, '').replaceAll('%%', '')).not.toMatch(/%\[|\$\{|\\x/);
            }
          }
        },
      ),
      { numRuns: 400, seed: 20_261_128 },
    );
  });
});

/** Returns a line with `*` for what is no word of HAProxy. */
function shapeOf(line: string, keywords: ReadonlySet<string>): string {
  // The patterns of an ACL are no words of HAProxy, whatever they are: it has no condition.
  const isWord = (word: string): boolean => keywords.has(word) && !(line.startsWith('acl ') && CONDITIONS.has(word));
  const all = sureWords(plain(line)) ?? ['?'];
  // What follows these is one text, whatever it is.
  const isText = (at: number): boolean => /^(?:set|add)-header$/.test(all[at - 2] ?? '');
  const words = all.map((word, at) => (isWord(word) && !isText(at) ? word : '*'));
  return words.filter((word, at) => word !== '*' || words[at - 1] !== '*').join(' ');
}

const CONDITIONS: ReadonlySet<string> = new Set(['if', 'unless', 'or', '{', '}', '||', 'TRUE', '-f', '-M']);

/** The line without the numbers of its ACLs. */
function plain(line: string): string {
  return line.replaceAll(/label_(allow|deny)_\d+/g, 'label_$1_0');
}

/** Samples that the lines themselves have. */
const OWN_FORMATS =
  /%\[(?:pathq|ssl_fc|var\(txn\.label_cache_(?:key\),sha1,hex|path\))|req\.fhdr\(x-forwarded-[a-z]+,-?1\),url_enc|str\(check-path:app_1\),map\(\/golden\/labels\.map\),url_dec|var\(txn\.label_(?:origin|maintenance)\)|req\.fhdr\(Access-Control-Request-Headers\))\]/g;

const NASTY = String.raw`" ' \ \x20 # $HOME %[env(HOME)] % %% { } ; ü , ( ) * | ^ : // .. - @ + /.. ;/x;::1`
  .split(' ')
  .concat(
    ['\n', '\r', '\0', '\t', ' ', ' or ', ' if TRUE', ' unless FALSE', ' -f /etc/passwd', '\nbackend x\n'],
    ['; set X-A: "b" if TRUE', "'; del X", ' 0.0.0.0/0', '${X-80}', ';/x 1.2.3.4', '; ^/x /y'],
  );
const spice = fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 8 }));

/** Returns what a label with that text renders, for each mode; undefined if the text is refused. */
function linesOf(row: LabelRow, text: string): readonly string[] | undefined {
  const parsed = parseLabel(row.type, text.replace(/^\n+|\n+$/g, ''), DEFAULT_LIMITS);
  if ('must' in parsed) return undefined;
  return (['http', 'tcp'] as const).flatMap((mode) => {
    const service = { backend: 'app_1', mode, vhosts: ['a.test'], typed: { [row.name]: parsed.value } };
    return renderingsOf(row).flatMap(({ lines }) => lines(parsed.value as never, service, '/golden/labels.map'));
  });
}
