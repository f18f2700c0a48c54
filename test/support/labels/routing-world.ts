/** Apps on shared hosts, and who must get a request: said again here, in other words than the program's. */

/** Labels without `HAPROXY_0_`. */
export type RoutingLabels = Readonly<Record<string, string>>;

export interface RoutedApp {
  readonly id: string;
  readonly labels: RoutingLabels;
}

export interface RoutedRequest {
  readonly host: string;
  /** With its query. */
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns the app that must answer; undefined: none. Apps are in the order of their ids, and all of one age and weight. */
export function expectedApp(apps: readonly RoutedApp[], request: RoutedRequest): string | undefined {
  const taking = apps.filter((app) => takes(app, request));
  const named = taking.filter((app) => hostKind(app) === 0);
  // Without labels of ours, the first rule counts.
  const isPlain = ({ labels }: RoutedApp): boolean =>
    (labels['PATH_TYPE'] ?? 'begin') === 'begin' && labels['MATCH'] === undefined;
  const plain = named.filter(isPlain);
  const withPath = plain.filter(({ labels }) => labels['PATH'] !== undefined);
  const candidates = named.filter((app) => !isPlain(app) || app === (withPath[0] ?? plain[0]));
  const others = [1, 2, 3, 4].map((kind) => taking.filter((app) => hostKind(app) === kind));
  return [candidates, ...others].flatMap((all) => all.toSorted((a, b) => ranking(b) - ranking(a)))[0]?.id;
}

/** A name, a longer wildcard, a shorter one, a regular expression, any host. */
function hostKind({ labels }: RoutedApp): number {
  const host = labels['VHOST'];
  if (host === undefined) return 4;
  if (host.startsWith('~')) return 3;
  return host.startsWith('*') ? (host.split('.').length > 2 ? 1 : 2) : 0;
}

function isHost(pattern: string, host: string): boolean {
  if (pattern.startsWith('~')) return new RegExp(pattern.slice(1)).test(host);
  return pattern.startsWith('*') ? host.endsWith(pattern.slice(1)) : pattern === host;
}

function takes({ labels }: RoutedApp, request: RoutedRequest): boolean {
  const { host } = request;
  const [path = ''] = request.path.split('?');
  if (!rulesOf(labels).every((rule) => holds(rule, request))) return false;
  const { VHOST: hosts, PATH_TYPE: type } = labels;
  // 1.15 ignores a PATH without hosts.
  if (hosts === undefined ? type === undefined : !isHost(hosts, host)) return false;
  const own = labels['PATH'];
  if (own === undefined) return true;
  switch (labels['PATH_TYPE'] ?? 'begin') {
    case 'exact':
      return path === own;
    case 'prefix':
      return path === own || path.startsWith(`${own}/`);
    case 'regex':
      return new RegExp(own).test(path);
    default:
      return path.startsWith(own);
  }
}

function rulesOf({ MATCH: match = '' }: RoutingLabels): readonly string[] {
  return match.split(';').filter(Boolean);
}

function holds(rule: string, { path, method = 'GET', headers = {} }: RoutedRequest): boolean {
  const [kind, name = '', value] = rule.trim().split(' ');
  if (kind === 'method') return name.split(',').includes(method);
  const found =
    kind === 'query'
      ? new URLSearchParams(path.split('?')[1]).get(name)
      : (kind === 'header' ? headers : cookiesOf(headers))[name];
  return value === undefined ? typeof found === 'string' : found === value;
}

function cookiesOf({ cookie = '' }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(cookie.split('; ').map((each) => each.split('=')));
}

function ranking(app: RoutedApp): number {
  return pathRanking(app) * 10 + rulesOf(app.labels).length;
}

function pathRanking({ labels }: RoutedApp): number {
  const { PATH: path, PATH_TYPE: type } = labels;
  if (path === undefined) return 0;
  if (type === 'regex') return 1;
  const length = path.length * 4;
  return type === 'exact' ? length + 2 : type === 'prefix' ? length + 1 : length;
}
