import { describe, expect, test } from 'vitest';
import { featuresOf, parseHaproxyVersion } from '../config/versions/version.ts';
import { oldWords } from './old-words.ts';
import { translate } from './translate.ts';

const newest = featuresOf(parseHaproxyVersion('3.4.7'));
const raw = { section: 'backend', doublesBraces: false } as const;

test.each(oldWords.map((row) => [row.name, row] as const))('the example of %s', (_, { example }) => {
  const { text, left, translations } = translate(`  ${example.old}\n`, { ...raw, section: example.section }, newest);
  const lines = left.length > 0 ? [example.old] : example.lines;
  expect(text).toBe(lines.map((line) => `  ${line}\n`).join(''));
  expect(translations.length + left.length).toBe(1);
});

describe('lines as people write them', () => {
  test.each([
    ['reqirep  "^([^ :]*)\\ {proxypath}/?(.*)" "\\1\\ /\\2"', 'http-request replace-pathq (?i)^{proxypath}/?(.*) /\\1'],
    [
      'reqirep "^([^ :]*)\\ /service/kibana/[/]?(.*)" "\\1\\ /\\2" ',
      'http-request replace-pathq (?i)^/service/kibana/[/]?(.*) /\\1',
    ],
    ['reqirep  ^([^\\ :]*)\\ (.*) \\1\\ /test\\2', 'http-request replace-pathq (?i)^(.*) /test\\1'],
    ['reqrep ^([^\\ ]*\\)\\ /x \\1', undefined],
    ['reqrep ^GET\\ /old/(.*) GET\\ /new/\\1', 'http-request replace-pathq ^/old/(.*) /new/\\1 if { method GET }'],
    ['reqrep ^GET\\ (.*) POST\\ \\1', 'http-request set-method POST if { method GET }'],
    ['reqrep ^([^\\ :]*)\\ /a\\ HTTP/1.1 \\1\\ /b\\ HTTP/1.1 unless admin', 'http-request replace-pathq ^/a$ /b unless admin'],
    ['reqrep ^Host:\\ (.*) Host:\\ a.test', 'http-request replace-header Host ^(.*) a.test'],
    ['reqirep ^Host: Host:\\ a.test', 'http-request replace-header Host (?i)^ a.test'],
    ['rspirep ^(Set-Cookie:.*) \\1;\\ Secure', undefined],
    ['rspidel ^Server:.*', 'http-response del-header Server'],
    ['reqidel ^X-Forwarded-For:.* if { src 10.0.0.0/8 }', 'http-request del-header X-Forwarded-For if { src 10.0.0.0/8 }'],
    ['reqideny \\.\\./', undefined],
    ['reqideny ^[^:\\ ]*\\ .*(<|>)', 'http-request deny if { pathq -m reg -i ^.*(<|>) }'],
    // The version stood behind the path: tried on the path alone, some would match less.
    ['reqdeny ^[^\\ :]*\\ /(admin|private.*)', 'http-request deny if { pathq -m reg ^/(admin|private.*) }'],
    ['reqdeny ^[^\\ :]*\\ /a\\.*', 'http-request deny if { pathq -m reg ^/a\\.* }'],
    ['reqdeny ^[^\\ :]*\\ /admin[^a-z]', undefined],
    ['reqdeny ^[^\\ :]*\\ /admin.', undefined],
    ['reqdeny ^GET\\ /a.*HTTP/1.0', undefined],
    ['reqdeny ^[^\\ :]*\\ /x[^\\ ]+', 'http-request deny if { pathq -m reg "^/x[^ ]+" }'],
    ['reqrep ^([^\\ ]*\\ /)admin[/]?(.*) \\1\\2', 'http-request replace-pathq ^/admin[/]?(.*) /\\1'],
    ['reqrep ^([^\\ ]*\\ /)*admin(.*) \\1\\2', undefined],
    ['reqrep ^([^\\ ]*)\\ /a/([^\\ ]*)\\ (.*) \\1\\ /\\2\\ \\3', "http-request replace-pathq '^/a/([^ ]*)$' /\\1"],
    ['reqrep ^([^\\ ]*)\\ /a/([^\\ ]*)\\ (.*) \\1\\ /\\2\\ \\2', undefined],
    ['reqdeny ^Foo:\\ bar unless good', 'http-request deny if { req.fhdr(Foo) -m reg ^bar } !good'],
    ['reqadd X-A:\\ 100%', 'http-request add-header X-A 100%%'],
    ['reqadd X-A:', undefined],
    ['no option forceclose', 'no option httpclose'],
    ['http-response set-header A %[env\\(B\\)]\\(', 'http-response set-header A %[env(B)]\\('],
    ['option httpchk GET /a HTTP/1.0', undefined],
    ['bind :80 name process', undefined],
  ])('%s', (old, modern) => {
    const { text } = translate(`${old}\n`, raw, newest);
    expect(text).toBe(`${modern ?? old}\n`);
  });
});

test('braces are doubled in a template with placeholders', () => {
  const { text } = translate('reqdeny ^[^\\ :]*\\ /x if {{ src 10.0.0.1 }}\n', { ...raw, doublesBraces: true }, newest);
  expect(text).toBe('http-request deny if {{ pathq -m reg ^/x }} {{ src 10.0.0.1 }}\n');
});

test('rules on lines come after the http-request rules, as HAProxy 1.x had it', () => {
  const old = [
    'reqadd A:\\ 1',
    'reqrep ^([^\\ :]*)\\ /a/(.*) \\1\\ /\\2',
    'acl x path /y',
    'http-request set-header B 1 if x',
    '',
  ];
  expect(translate(old.join('\n'), raw, newest).text.split('\n')).toEqual([
    'acl x path /y',
    'http-request set-header B 1 if x',
    'http-request replace-pathq ^/a/(.*) /\\1',
    'http-request add-header A 1',
    '',
  ]);
});

test('what HAProxy 1.x looked at first stays, the rules above it go down', () => {
  const old = 'acl x path /y\nhttp-request allow if x\nreqadd A:\\ 1\nblock if x\nhttp-request set-header B 1\n';
  expect(translate(old, raw, newest).text).toBe(
    'acl x path /y\nhttp-request deny if x\nhttp-request allow if x\nhttp-request set-header B 1\nhttp-request add-header A 1\n',
  );
});

test('the kind of the section is that of the line above; what HAProxy takes stays the very text', () => {
  const head =
    'global\n  nbproc 2\n  debug\ndefaults\n  option forceclose\n  contimeout 5s\nfrontend a\n  monitor-net 10.0.0.0/8\n';
  expect(translate(head, { section: 'other', doublesBraces: true }, newest).text).toBe(
    'global\ndefaults\n  option httpclose\n  timeout connect 5s\nfrontend a\n  http-request return status 200 if {{ src 10.0.0.0/8 }}\n',
  );
  const fine = 'option httpchk GET / HTTP/1.1\\r\\nHost:\\ www\nbind-process 1\n';
  expect(translate(fine, raw, featuresOf(undefined)).text).toBe(fine);
});
