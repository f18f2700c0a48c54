/** Rows for directives that HAProxy gave up, but for the rules on lines (`line-rules.ts`). */
import { conditionAt, wordsOf } from './condition.ts';
import type { Modern, OldLine, OldWord, SectionKind } from './row.ts';

const PROXIES: readonly SectionKind[] = ['defaults', 'frontend', 'backend', 'listen', 'other'];
const GONE: Modern = [];

export const directives: readonly OldWord[] = [
  {
    name: 'block',
    starts: ['block'],
    sections: ['frontend', 'backend', 'listen', 'other'],
    refusedSince: '2.1',
    example: { section: 'backend', old: 'block if { path_beg /private }', lines: ['http-request deny if { path_beg /private }'] },
    remark: 'HAProxy 1.x looked at it first: `http-request` rules above it go behind.',
    rules: { side: 'http-request', phase: 'blocks' },
    modern({ words }) {
      const condition = conditionAt(words, 1);
      if (condition === undefined || condition === 'none') return { advice: 'write http-request deny if <condition>' };
      return [['http-request', 'deny', ...wordsOf(condition)]];
    },
  },
  renamed('contimeout', 'timeout connect', 'contimeout 5000', 'timeout connect 5000'),
  renamed('clitimeout', 'timeout client', 'clitimeout 50000', 'timeout client 50000'),
  renamed('srvtimeout', 'timeout server', 'srvtimeout 50000', 'timeout server 50000'),
  renamed('redispatch', 'option redispatch', 'redispatch', 'option redispatch'),
  {
    name: 'timeout contimeout, clitimeout, srvtimeout',
    starts: ['timeout'],
    sections: PROXIES,
    refusedSince: '2.1',
    example: { section: 'backend', old: 'timeout srvtimeout 50000', lines: ['timeout server 50000'] },
    remark: '',
    modern({ words }) {
      const name = { contimeout: 'connect', clitimeout: 'client', srvtimeout: 'server' }[words[1] ?? ''];
      return name === undefined ? undefined : [['timeout', name, ...words.slice(2)]];
    },
  },
  option('forceclose', 'httpclose', '2.0', 'Both close the connections on both sides after an answer.'),
  option(
    'http-tunnel',
    undefined,
    '2.1',
    'A tunnel begins by itself where a protocol asks for one (WebSocket); all else is kept alive.',
  ),
  option('http-use-htx', undefined, '2.3', 'It is how HAProxy works today.'),
  option('independant-streams', 'independent-streams', '2.6', 'The old spelling.'),
  {
    name: 'options without effect in their section',
    starts: ['option'],
    sections: ['frontend', 'backend'],
    refusedSince: '3.1',
    isRefused: ({ misplacedOptions }) => !misplacedOptions,
    example: { section: 'backend', old: 'option dontlognull', lines: [] },
    remark:
      'Options of frontends in a backend and the other way round (`option http-pretend-keepalive` in a frontend): earlier versions took them and did nothing.',
    modern: ({ words, section }) => (MISPLACED.get(section)?.has(words[1] ?? '') === true ? GONE : undefined),
  },
  {
    name: 'option httpchk with headers',
    starts: ['option'],
    sections: ['defaults', 'backend', 'listen', 'other'],
    refusedSince: '3.0',
    isRefused: ({ httpchkHeaders }) => !httpchkHeaders,
    example: {
      section: 'backend',
      old: 'option httpchk GET /health HTTP/1.1\\r\\nHost:\\ www',
      lines: ['option httpchk', 'http-check send meth GET uri /health ver HTTP/1.1 hdr Host www'],
    },
    remark: '',
    modern: httpchk,
  },
  {
    name: 'appsession',
    starts: ['appsession'],
    sections: ['backend', 'listen', 'other'],
    refusedSince: '1.6',
    example: {
      section: 'backend',
      old: 'appsession JSESSIONID len 52 timeout 3h',
      lines: [
        'stick-table type string len 52 size 200k expire 3h',
        'stick store-response res.cook(JSESSIONID)',
        'stick match req.cook(JSESSIONID)',
      ],
    },
    remark: '`request-learn` becomes `stick on`; `prefix` and `mode path-parameters` are not translated.',
    modern: appsession,
  },
  {
    name: 'monitor-net',
    starts: ['monitor-net'],
    sections: ['frontend', 'backend', 'listen'],
    refusedSince: '2.2',
    example: {
      section: 'frontend',
      old: 'monitor-net 10.1.0.0/16',
      lines: ['http-request return status 200 if { src 10.1.0.0/16 }'],
    },
    remark: 'In a backend it had no effect and is taken away.',
    rules: { side: 'http-request', phase: 'blocks' },
    modern({ words: [, net = ''], section, braces }) {
      if (section === 'backend') return GONE;
      return [['http-request', 'return', 'status', '200', 'if', braces.open, 'src', net, braces.close]];
    },
  },
  {
    name: 'bind-process',
    starts: ['bind-process'],
    sections: PROXIES,
    refusedSince: '2.7',
    isRefused: ({ processBinding }) => !processBinding,
    example: { section: 'backend', old: 'bind-process 1', lines: [] },
    remark: 'There is one process with several threads.',
    modern: () => GONE,
  },
  {
    name: 'process on bind',
    starts: ['bind'],
    sections: ['frontend', 'listen', 'other'],
    refusedSince: '2.7',
    isRefused: ({ processBinding }) => !processBinding,
    example: { section: 'frontend', old: 'bind 127.0.0.1:8081 process 1 maxconn 10', lines: ['bind 127.0.0.1:8081 maxconn 10'] },
    remark: 'Also in the label HAPROXY_{n}_BIND_OPTIONS. All threads take connections.',
    modern({ words }) {
      const at = words.indexOf('process', 2);
      return at === -1 || at === words.length - 1 ? undefined : [[...words.slice(0, at), ...words.slice(at + 2)]];
    },
  },
  gone('nbproc', '2.5', 'nbproc 4', 'There is one process; threads use the other cores.'),
  gone('debug', '2.4', 'debug', 'The option -d of the program.'),
  gone('tune.chksize', '2.5', 'tune.chksize 16384', 'tune.bufsize counts.'),
  {
    name: 'stats bind-process',
    starts: ['stats'],
    sections: ['global'],
    refusedSince: '2.7',
    isRefused: ({ processBinding }) => !processBinding,
    example: { section: 'global', old: 'stats bind-process 1', lines: [] },
    remark: '',
    modern: ({ words }) => (words[1] === 'bind-process' ? GONE : undefined),
  },
  {
    name: 'grace',
    starts: ['grace'],
    sections: PROXIES,
    refusedSince: '2.5',
    example: { section: 'backend', old: 'grace 10', lines: [] },
    remark: 'The option hard-stop-after of the global section counts.',
    modern: () => GONE,
  },
  {
    name: 'escaped parentheses in %[…]',
    starts: ['http-request', 'http-response'],
    sections: ['frontend', 'backend', 'listen', 'other'],
    refusedSince: '2.2',
    example: {
      section: 'backend',
      old: 'http-request set-header X-Host %[env\\(HOSTNAME\\)]',
      lines: ['http-request set-header X-Host %[env(HOSTNAME)]'],
    },
    remark: '',
    modern({ words }) {
      const plain = words.map((word) => word.replace(/%\[[^\]]*\]/g, (sample) => sample.replace(/\\([(),])/g, '$1')));
      return plain.every((word, at) => word === words[at]) ? undefined : [plain];
    },
  },
  advised(
    ['reqpass', 'reqipass'],
    'reqpass ^Cookie:',
    'write the conditions of the other rules so that they leave these lines alone',
  ),
  advised(
    ['reqsetbe', 'reqisetbe'],
    'reqsetbe ^[^\\ :]*\\ /img images',
    'write use_backend <backend> if { pathq -m reg <regex> } into a template of the frontend',
  ),
];

function renamed(name: string, modern: string, old: string, line: string): OldWord {
  return {
    name,
    starts: [name],
    sections: PROXIES,
    refusedSince: '2.1',
    example: { section: 'backend', old, lines: [line] },
    remark: '',
    modern: ({ words, isNegated }) =>
      isNegated ? { advice: `write no ${modern}` } : [[...modern.split(' '), ...words.slice(1)]],
  };
}

function option(name: string, modern: string | undefined, refusedSince: string, remark: string): OldWord {
  return {
    name: `option ${name}`,
    starts: ['option'],
    sections: PROXIES,
    refusedSince,
    example: { section: 'backend', old: `option ${name}`, lines: modern === undefined ? [] : [`option ${modern}`] },
    remark,
    modern({ words, isNegated }) {
      if (words[1] !== name) return undefined;
      return modern === undefined ? GONE : [[...(isNegated ? ['no'] : []), 'option', modern]];
    },
  };
}

function gone(name: string, refusedSince: string, old: string, remark: string): OldWord {
  return {
    name,
    starts: [name],
    sections: ['global'],
    refusedSince,
    example: { section: 'global', old, lines: [] },
    remark,
    modern: () => GONE,
  };
}

function advised(starts: readonly string[], old: string, advice: string): OldWord {
  return {
    name: starts[0] ?? '',
    starts,
    sections: PROXIES,
    refusedSince: '2.1',
    example: { section: 'backend', old, lines: [] },
    remark: `Not translated: ${advice}.`,
    modern: () => ({ advice }),
  };
}

/** Header lines, and a body, were written behind the version: `HTTP/1.1\r\nHost:\ www`. */
function httpchk({ words }: OldLine): Modern | undefined {
  const [, name, method = '', uri = '', end = '', ...more] = words;
  if (name !== 'httpchk' || !/[\r\n]/.test(end)) return undefined;
  const advice = 'write option httpchk, and http-check send meth GET uri <path> ver HTTP/1.1 hdr Host <name>';
  const [head = '', ...body] = end.split(/\r?\n\r?\n/);
  const [version = '', ...lines] = head.split(/\r?\n/);
  const named = lines.filter((line) => line !== '');
  const headers = named.flatMap((line) => readHeader(line) ?? []);
  if (more.length > 0 || !/^HTTP\/1\.[01]$/.test(version) || headers.length < named.length) return { advice };
  const hdrs = headers.flatMap(({ name, value }) => ['hdr', name, value.replaceAll('%', '%%')]);
  const text = body.join('\r\n\r\n');
  const send = [
    'http-check',
    'send',
    'meth',
    method,
    'uri',
    uri,
    'ver',
    version,
    ...hdrs,
    ...(text === '' ? [] : ['body', text]),
  ];
  return [['option', 'httpchk'], send];
}

function readHeader(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, value] = /^([^:\s]+):[ \t]*(.*\S)\s*$/.exec(line) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value };
}

function appsession({ words }: OldLine): Modern {
  const match = /^(?<cookie>[^\s()]+) len (?<length>\d+) timeout (?<time>\w+)(?<learn> request-learn)?$/.exec(
    words.slice(1).join(' '),
  );
  if (match?.groups === undefined) {
    return { advice: 'write stick-table type string …, stick store-response res.cook(<name>) and stick match req.cook(<name>)' };
  }
  const { cookie = '', length = '', time = '', learn } = match.groups;
  return [
    ['stick-table', 'type', 'string', 'len', length, 'size', '200k', 'expire', time],
    ['stick', 'store-response', `res.cook(${cookie})`],
    ['stick', learn === undefined ? 'match' : 'on', `req.cook(${cookie})`],
  ];
}

const MISPLACED: ReadonlyMap<SectionKind, ReadonlySet<string>> = new Map([
  [
    'backend',
    new Set([
      'clitcpka',
      'contstats',
      'disable-h2-upgrade',
      'dontlog-normal',
      'dontlognull',
      'h1-case-adjust-bogus-client',
      'http-ignore-probes',
      'http-use-proxy-header',
      'log-separate-errors',
      'logasap',
      'socket-stats',
      'tcp-smart-accept',
    ]),
  ],
  [
    'frontend',
    new Set([
      'abortonclose',
      'allbackups',
      'checkcache',
      'h1-case-adjust-bogus-server',
      'http-pretend-keepalive',
      'log-health-checks',
      'persist',
      'prefer-last-server',
      'srvtcpka',
      'tcp-smart-connect',
      'transparent',
    ]),
  ],
]);
