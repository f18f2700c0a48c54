/** HAProxy's own health check, instead of Marathon's or without one. */
import { speaksHttp2 } from './connections.ts';
import { encoded, inMap, type LabelledService, type LabelRow, mapEntry, without } from './row.ts';

export const health = [
  {
    name: 'CHECK_PATH',
    group: 'health',
    per: 'service',
    type: 'check path',
    refused: 'label',
    description:
      'HAProxy itself asks each task for this path, by HTTP, also in mode tcp; without a Marathon health check, or instead of the one that it would take over from Marathon. Another path needs no reload.',
    example: '/health',
    trait: (path) => `HAProxy checks the tasks by ${path}`,
    renders: [
      { into: 'backend', stage: 'connections', lines: checkLines },
      { into: 'map', stage: 'connections', lines: (path, service) => [mapEntry('CHECK_PATH', service, encoded(path))] },
    ],
  },
  {
    name: 'CHECK_HOST',
    group: 'health',
    per: 'service',
    type: 'check host',
    refused: 'label',
    description: 'The host that this check asks for.',
    default: 'the first VHOST',
    example: 'shop.example.com',
    lacks: without('CHECK_PATH'),
    trait: (host) => `this check asks for the host ${host}`,
    renders: [],
  },
  {
    name: 'CHECK_STATUS',
    group: 'health',
    per: 'service',
    type: 'statuses',
    refused: 'label',
    description: 'Status codes of a healthy task, also as ranges, separated by commas.',
    default: '200-399',
    example: '200,204',
    lacks: without('CHECK_PATH'),
    trait: (statuses) => `a healthy task answers with ${statuses}`,
    renders: { into: 'backend', stage: 'connections', lines: (statuses) => [`http-check expect status ${statuses}`] },
  },
  {
    name: 'CHECK_INTERVAL',
    group: 'health',
    per: 'service',
    type: 'duration',
    refused: 'label',
    description:
      'Time between two checks. Without CHECK_PATH and without a Marathon health check, HAProxy checks whether the task takes connections.',
    default: '2s, or as in the Marathon health check',
    example: '5s',
    trait: (time) => `a check each ${time}`,
    renders: { into: 'server', stage: 'connections', lines: (time) => [`inter ${time}`] },
  },
  {
    name: 'CHECK_RISE',
    group: 'health',
    per: 'service',
    type: 'checks',
    refused: 'label',
    description: 'How many checks in a row must succeed until a task gets requests again.',
    default: '2',
    example: '3',
    trait: (count) => `back after ${count} good checks`,
    renders: { into: 'server', stage: 'connections', lines: (count) => [`rise ${count}`] },
  },
  {
    name: 'CHECK_FALL',
    group: 'health',
    per: 'service',
    type: 'checks',
    refused: 'label',
    description: 'How many checks in a row must fail until a task gets no requests.',
    default: '3, or as in the Marathon health check',
    example: '2',
    trait: (count) => `out after ${count} failed checks`,
    renders: { into: 'server', stage: 'connections', lines: (count) => [`fall ${count}`] },
  },
] as const satisfies readonly LabelRow[];

type WithLabels = Pick<LabelledService, 'typed'>;

/** Returns whether labels want a check of a service. */
export function isCheckedByLabels({ typed }: WithLabels): boolean {
  return (
    typed !== undefined && ['CHECK_PATH', 'CHECK_INTERVAL', 'CHECK_RISE', 'CHECK_FALL'].some((name) => typed[name] !== undefined)
  );
}

/** Returns what the check of CHECK_PATH asks for, as one text. Returns undefined if there is none. */
export function checkOfLabels({ typed }: WithLabels): string | undefined {
  const { CHECK_PATH: path, CHECK_HOST: host, CHECK_STATUS: statuses } = (typed ?? {}) as Readonly<Record<string, string>>;
  return path === undefined ? undefined : [path, host, statuses].join(' ');
}

function checkLines(_: string, service: LabelledService, map: string): readonly string[] {
  const own = service.typed?.['CHECK_HOST'] as string | undefined;
  const host = own ?? (service.vhosts.length > 0 || speaksHttp2(service) ? checkedHost(service) : undefined);
  return [
    'option httpchk',
    `http-check send meth GET uri-lf '%[${inMap('CHECK_PATH', service, map)},url_dec]'${host === undefined ? '' : hostWords(host)}`,
  ];
}

/** Returns the line that gives a template's check its host: there is no request without one in HTTP/2. Returns undefined if it needs none. */
export function hostLine(service: Pick<LabelledService, 'mode' | 'typed' | 'vhosts'>): string | undefined {
  return speaksHttp2(service) ? `http-check send${hostWords(checkedHost(service))}` : undefined;
}

function checkedHost({ vhosts }: Pick<LabelledService, 'vhosts'>): string {
  return vhosts[0] ?? 'localhost';
}

function hostWords(host: string): string {
  return ` ver HTTP/1.1 hdr Host ${host}`;
}
