/** What keeps a client at its server. */
import { cookieWords } from '../../values/servers/stickiness.ts';
import { type LabelledService, type LabelRow, tableLine } from './row.ts';

export const stickiness = [
  {
    name: 'STICKY_BY',
    group: 'connections',
    per: 'service',
    type: 'stickiness',
    refused: 'label',
    description:
      'Keeps a client at its server: by a `cookie` that HAProxy sets, by its address (`source`), by a `header NAME` of its requests, or by an `app-cookie NAME` that the tasks set. All but `cookie` are forgotten after 30 minutes, and at a reload; with `--peers` not at a reload, and all load balancers know them.',
    example: 'header X-User',
    needs: (by) => (by === 'source' ? undefined : 'http'),
    trait: (by) => `a client stays at its server, by ${by}`,
    renders: { into: 'backend', stage: 'connections', lines: stickLines },
  },
  {
    name: 'STICKY_COOKIE',
    group: 'connections',
    per: 'service',
    type: 'sticky cookie',
    refused: 'label',
    description:
      'Name and attributes of the cookie of STICKY, or of STICKY_BY `cookie`: `Secure`, `HttpOnly`, `SameSite=Lax`, `Max-Age=3600`.',
    default: 'mesosphere_server_id',
    example: 'shop; Secure; HttpOnly; SameSite=Lax',
    needs: 'http',
    lacks: (service) => (isByCookie(service) ? undefined : 'STICKY_BY=cookie'),
    trait: (cookie) => `the cookie for that is ${cookie}`,
    renders: { into: 'backend', stage: 'connections', lines: (cookie) => [`cookie ${cookieWords(cookie)}`] },
  },
] as const satisfies readonly LabelRow[];

/** Returns whether a cookie that is not of the template STICKY_OPTIONS keeps clients at their servers. */
export function hasLabelCookie(service: LabelledService): boolean {
  const { mode, typed } = service;
  const isOwn = typed?.['STICKY_BY'] === 'cookie' || (service.sticky === true && typed?.['STICKY_COOKIE'] !== undefined);
  return mode === 'http' && isOwn;
}

function isByCookie({ sticky, typed }: LabelledService): boolean {
  return sticky === true || typed?.['STICKY_BY'] === 'cookie';
}

function stickLines(by: string, service: LabelledService): readonly string[] {
  const [kind = '', name = ''] = by.split(' ');
  switch (kind) {
    case 'source':
      return [tableLine('type ipv6 size 100k expire 30m', service), 'stick on src'];
    case 'header':
      return [tableLine(TEXTS, service), `stick on req.hdr(${name})`];
    case 'app-cookie':
      return [tableLine(TEXTS, service), `stick match req.cook(${name})`, `stick store-response res.cook(${name})`];
    default:
      return service.typed?.['STICKY_COOKIE'] === undefined ? [`cookie ${cookieWords('mesosphere_server_id')}`] : [];
  }
}

const TEXTS = 'type string len 64 size 100k expire 30m';
