/** What no line of a raw template may have with `--label-policy safe`, whichever directive it is; the manual is printed from the rows. */

export interface ForbiddenRow {
  /** What an operator reads. */
  readonly what: string;
  readonly why: string;
  /** A whole word of the line. */
  readonly words?: readonly string[];
  /** A sample or converter with its first argument: `name(argument`; `,` at the end if there are more. */
  readonly calls?: RegExp;
  /** Any part of the line, in lower case. */
  readonly text?: RegExp;
  /** A line of the kind, for the manual and the tests. */
  readonly example: string;
}

const FILES = 'reads or writes a file of the machine';
const OTHERS = 'reaches what belongs to others';

export const FORBIDDEN: readonly ForbiddenRow[] = [
  {
    what: 'file, lf-file, errorfile(s)',
    why: FILES,
    words: ['file', 'lf-file', 'errorfile', 'errorfiles'],
    example: 'http-request return status 200 content-type text/plain file /etc/passwd',
  },
  { what: '-f, -M', why: FILES, words: ['-f', '-M'], example: 'acl shells path -f /etc/shells' },
  {
    what: 'map(…), map_…(…)',
    why: FILES,
    calls: /^map(?:_\w+)?\(/,
    example: 'http-request set-header X-A %[str(a),map(/etc/passwd)]',
  },
  {
    what: 'ca-file, crt, crl-file and their kin',
    why: FILES,
    words: ['ca-file', 'ca-verify-file', 'crt', 'crt-list', 'crl-file', 'key'],
    example: 'default-server ssl verify required ca-file /etc/ssl/cert.pem',
  },
  {
    what: 'jwt_verify(…), jwt_decrypt…(…), aes_…(…)',
    why: 'uses key files, or keys in the configuration',
    calls: /^(?:jwt_verify|jwt_decrypt\w*|aes_\w+)\(/,
    example: 'http-request deny unless { req.hdr(X-A),jwt_verify(RS256,/etc/key.pem) -m int 1 }',
  },
  {
    what: 'env(…), and variables in double quotes',
    why: 'reads the environment',
    calls: /^env\(/,
    example: 'http-request set-header X-A %[env(HOME)]',
  },
  {
    what: '${',
    why: 'reads the environment',
    text: /\$\{/,
    example: 'http-request set-header X-A "${HOME}"',
  },
  {
    what: 'lua.',
    why: 'runs programs of the operator',
    text: /(?<![\w.])lua\./,
    example: 'http-request deny if { lua.secret -m found }',
  },
  {
    what: 'use-service, use_backend, default_backend',
    why: 'leads to other sections',
    words: ['use-service', 'use_backend', 'default_backend'],
    example: 'http-request set-header X-A use-service',
  },
  {
    what: 'stats, bind, log, external-check',
    why: 'opens, listens, writes or runs something',
    words: ['stats', 'bind', 'log', 'external-check'],
    example: 'http-request set-header X-A stats',
  },
  {
    what: 'set-map, del-map, add-acl, del-acl, do-resolve',
    why: OTHERS,
    text: /(?<![\w-])(?:(?:set|del|add)-(?:map|acl)|do-resolve)(?![\w-])/,
    example: 'http-request set-header X-A do-resolve',
  },
  {
    what: 'variables of proc and sess',
    why: OTHERS,
    calls: /^(?:\w+\.)?var(?:_\w+)?\(\s*(?:proc|sess)\b/,
    example: 'http-request set-header X-A %[var(proc.secret)]',
  },
  {
    what: 'http_auth(…), http_auth_group(…)',
    why: 'tries passwords of others',
    calls: /^http_auth\w*\(/,
    example: 'http-request deny unless { http_auth(user_victim_10001) }',
  },
  {
    what: 'srv_…(…), be_…(…), fe_…(…), nbsrv(…), connslots(…), queue(…), avg_queue(…) of a section by its name',
    why: OTHERS,
    calls: /^(?:(?:srv|be|fe)_\w+|nbsrv|connslots|queue|avg_queue)\(\s*[^\s)]/,
    example: 'http-request set-header X-A %[nbsrv(victim_10001)]',
  },
  {
    what: 'table, table_…(…), in_table(…), sc…(…) and src_…(…) with the name of a table, peers, write-to',
    why: OTHERS,
    words: ['table', 'peers', 'write-to'],
    calls: /^(?:in_table\(|table_\w+\(|src_\w+\(\s*[^\s)]|sc_\w+\([^,]*,|sc\d_\w+\(\s*[^\s)])/,
    example: 'http-request deny if { src_http_req_rate(victim_10001) gt 1 }',
  },
  {
    what: 'url_dec, b64dec, ub64dec, req.body, res.body, payload and their kin',
    why: 'can put line ends into headers of answers, which then belong to requests of others on the same connection',
    text: /(?<![\w.-])(?:url_dec|u?b64dec|(?:req\.|res\.)?(?:body|payload)\w*)(?![\w-])/,
    example: 'http-response set-header X-A %[str(a%0d%0aB:c),url_dec]',
  },
  {
    what: 'debug(…)',
    why: 'writes to rings and streams of HAProxy',
    calls: /^debug\(/,
    example: 'http-request set-header X-A %[src,debug(a,stderr)]',
  },
  {
    what: 'unix@, abns@, fd@, sockpair@, rhttp@',
    why: 'is an address that is not of the network',
    text: /(?<![\w])(?:unix|abnsz?|fd|sockpair|rhttp)@/,
    example: 'http-request set-header X-A unix@/run/haproxy.sock',
  },
  {
    what: 'addr, via-socks4, socks4, source, namespace, resolvers',
    why: 'connects to elsewhere than the tasks',
    words: ['addr', 'via-socks4', 'socks4', 'source', 'namespace', 'resolvers', 'usesrc'],
    example: 'http-check connect addr 10.0.0.1 port 80',
  },
  {
    what: 'a group of a regular expression that is repeated by *, + or {',
    why: 'can keep HAProxy busy for seconds',
    text: /\)[*+{]/,
    example: 'http-request replace-path ^(a+)+$ /',
  },
];
