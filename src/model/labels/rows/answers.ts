/** What HAProxy answers itself, and how answers are sent. */
import { encoded, inMap, type LabelledService, type LabelRow, mapEntry } from './row.ts';

export const answers = [
  {
    name: 'MAINTENANCE',
    group: 'answers',
    per: 'service',
    type: 'maintenance',
    refused: 'label',
    description:
      'All requests are answered with 503 and a text: the one of the label, or with `true` one of the load balancer; HTML if it begins with `<`. In mode tcp, connections are closed. The service must have a task. A service that has the label, with `false` while all is well, is switched without a reload.',
    default: 'false',
    example: 'Back at 18:00.',
    trait: (told) => (told === false ? undefined : 'under maintenance: all requests are answered with 503'),
    renders: [
      { into: 'backend', stage: 'maintenance', lines: maintenanceLines },
      {
        into: 'map',
        stage: 'maintenance',
        lines: (told, service) =>
          told === false ? [] : [mapEntry('MAINTENANCE', service, encoded(told === 'true' ? DEFAULT_TEXT : told))],
      },
    ],
  },
  {
    name: 'ERROR_PAGES',
    group: 'answers',
    per: 'service',
    type: 'set name',
    refused: 'label',
    description:
      'The set of error pages that HAProxy answers with for this service, a sub-folder of the folder of `--error-pages`. What the set lacks is that of the folder itself.',
    example: 'shop',
    needs: 'http',
    trait: (name) => `errors of HAProxy are answered with the pages ${name}`,
    renders: [],
  },
  {
    name: 'COMPRESS',
    group: 'answers',
    per: 'service',
    type: 'compression',
    refused: 'label',
    description:
      'Answers are sent compressed (gzip) to clients that take it: with `true` those of text, JSON, XML, JavaScript and SVG, else of the content types that the label names, separated by commas.',
    default: 'false',
    example: 'text/html,application/json',
    needs: 'http',
    trait: (types) => (types === false ? undefined : 'answers are compressed'),
    renders: {
      into: 'backend',
      stage: 'connections',
      lines: (types) => {
        if (types === false) return [];
        return ['compression algo gzip', `compression type ${(types === 'true' ? TEXTS : types).replaceAll(',', ' ')}`];
      },
    },
  },
  {
    name: 'ACCESS_LOG',
    group: 'answers',
    per: 'service',
    type: 'access log',
    refused: 'label',
    description:
      'Whether requests for the service (in mode tcp: connections) are logged, wherever they come in: `on`, `off`, or `errors`, only those answered with status 400 or higher or not at all (in mode tcp: those that fail; none of those that are passed on by TLS_PASSTHROUGH). In place of what `--access-log` says; without that option, lines are text.',
    default: '`--access-log`',
    example: 'errors',
    trait: (which) =>
      ({ on: 'requests are logged', off: 'requests are not logged', errors: 'requests that fail are logged' })[which],
    renders: [],
  },
] as const satisfies readonly LabelRow[];

export type AccessLog = 'on' | 'off' | 'errors';

/** Returns what the label ACCESS_LOG of a service says. Returns undefined if it has none. */
export function accessLogOf({ typed }: Pick<LabelledService, 'typed'>): AccessLog | undefined {
  return typed?.['ACCESS_LOG'] as AccessLog | undefined;
}

/** Returns whether the label of a service asks for lines. */
export function isLogged(service: Pick<LabelledService, 'typed'>): boolean {
  const own = accessLogOf(service);
  return own === 'on' || own === 'errors';
}

const TEXTS =
  'text/html,text/plain,text/css,text/xml,text/javascript,application/javascript,application/json,application/xml,image/svg+xml';

const DEFAULT_TEXT = 'This service is under maintenance. Please try again later.';

/** The map has the text while the service is under maintenance: the lines stay the same. */
function maintenanceLines(_: string | false, service: LabelledService, map: string): readonly string[] {
  const found = inMap('MAINTENANCE', service, map);
  if (service.mode === 'tcp') return [`tcp-request content reject if { ${found} -m found }`];
  const text = 'var(txn.label_maintenance)';
  const answer = (type: string): string =>
    `http-request return status 503 content-type "${type}; charset=utf-8" hdr Retry-After 300 hdr Cache-Control no-store lf-string %[${text}]`;
  return [
    `http-request set-var(txn.label_maintenance) ${found},url_dec`,
    `${answer('text/html')} if { ${text} -m beg < }`,
    `${answer('text/plain')} if { ${text} -m found }`,
  ];
}
