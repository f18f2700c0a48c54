/** With `--group-https-by-vhost`: one HTTPS frontend a vhost, chosen by SNI. */
import { hash } from 'node:crypto';
import type { HaproxyFeatures } from '../../config/versions/version.ts';
import type { RenderSettings } from '../../config/settings.ts';
import { clean } from '../../model/names.ts';
import { byPrecedence } from '../../model/conflicts/precedence.ts';
import { byWeight } from '../../model/conflicts/rule-order.ts';
import type { Block, Section } from '../document.ts';
import type { Fragment } from '../fragment.ts';
import {
  ANY_HOST,
  compareHostPatterns,
  hostWords,
  isHostPattern,
  mayFit,
  OTHER_REQUESTS,
} from '../../model/values/network/host-patterns.ts';
import { withoutMatched } from './matched.ts';
import { notPassedRules, passRule } from './passthrough.ts';
import { certificateWords } from './certificate-words.ts';
import { choicesOf, patternRules, sampleOf } from './own-rules.ts';
import { entryLogging, innerLogLine, type Logging } from './access-log.ts';
import { withEntry } from './entry.ts';
import { frontendName, withFrontendName } from './frontend-name.ts';
import { readWords } from '../../haproxy-config/words.ts';
import { asksClients } from '../../haproxy-config/client-certificates.ts';
import { ADMIN } from '../head.ts';
import type { Library } from '../templates/library.ts';

/** Returns the frontend that picks the vhost, then for each vhost (sorted) the backend that leads to its frontend, and that frontend. */
export function groupedHttps(
  fragments: readonly Fragment[],
  settings: RenderSettings,
  library: Library,
  logging: Logging | undefined,
): readonly Section[] {
  const byVhost = groupByHost(fragments, ({ service }) => service);
  const vhosts = [...byVhost.keys()];
  const services = fragments.map(({ service }) => service);
  const names = namesOf(vhosts, namesOfOthers(services, settings.haproxy), settings.haproxy);
  const passed = fragments.flatMap((fragment) =>
    (fragment.service.tlsHosts ?? []).map((host) => ({ host, block: passRule(host, fragment) })),
  );
  const picks = [...vhosts.map((host) => ({ host, block: { text: pickOf(host, names.get(host) ?? '', library) } })), ...passed]
    .sort((one, other) => compareHosts(one.host, other.host))
    .map(({ block }): Block => block);
  const logged = entryLogging(services, logging);
  const head = withEntry(library.fill('HTTPS_GROUPED_FRONTEND_HEAD', {}), 'tcp', settings, logged);
  const notPassed = sampleOf(settings) === 'host' ? notPassedRules(fragments, 421) : [];
  const sections: Section[] = [
    { kind: 'frontend', name: 'marathon_https_in', blocks: [{ text: `${head}${library.tcpLines}` }, ...picks] },
  ];
  for (const vhost of vhosts) {
    // A request for a host can be one for the patterns after it, too.
    const isWanted = (pattern: string): boolean => pattern === vhost || isWider(pattern, vhost);
    const wider = fragments.filter(({ service }) => service.hostPatterns?.some(isWanted) === true);
    const rules = wider.length === 0 ? [] : patternRules(wider, sampleOf(settings), { isWanted });
    const own = byVhost.get(vhost) ?? [];
    const choices = [...notPassed, ...choicesOf([...own, ...wider.filter((fragment) => !own.includes(fragment))])];
    sections.push(
      ...vhostSections(
        vhost,
        names.get(vhost) ?? '',
        own,
        { choices, rules, logging, backendLines: innerLogLine(logged) },
        settings,
        library,
      ),
    );
  }
  return sections;
}

/**
 * Returns the frontends, by host, that leave it to the list of certificates whether clients need a certificate: those whose bind options, of the app that
 * decides about them, ask for none.
 */
export function unverifiedFrontends(
  services: readonly Fragment['service'][],
  haproxy: Pick<HaproxyFeatures, 'sharedNames'>,
): ReadonlyMap<string, string> {
  const byVhost = groupByHost(services, (service) => service);
  const names = namesOf([...byVhost.keys()], namesOfOthers(services, haproxy), haproxy);
  const frontends = new Map<string, string>();
  for (const [vhost, group] of byVhost) {
    const { app } = holderOf(vhost, group);
    if (!group.some((service) => service.app === app && asksClients(readWords(service.bindOptions ?? ''))))
      frontends.set(vhost, frontendName(names.get(vhost) ?? '', haproxy));
  }
  return frontends;
}

/** Returns what has a frontend in common, by its host, sorted. */
function groupByHost<T>(items: readonly T[], serviceOf: (item: T) => Fragment['service']): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const { vhosts, hostPatterns = [] } = serviceOf(item);
    for (const host of new Set([...vhosts, ...hostPatterns.map(frontendHost)])) {
      const group = groups.get(host);
      if (group) group.push(item);
      else groups.set(host, [item]);
    }
  }
  return new Map([...groups].sort(([one], [other]) => compareHosts(one, other)));
}

/** Requests for the default app are among those for any host. */
function frontendHost(pattern: string): string {
  return pattern === OTHER_REQUESTS ? ANY_HOST : pattern;
}

/** Names first, then patterns in the order of their rules. */
function compareHosts(one: string, other: string): number {
  const isPattern = [isHostPattern(one), isHostPattern(other)];
  if (isPattern[0] && isPattern[1]) return compareHostPatterns(one, other);
  return Number(isPattern[0]) - Number(isPattern[1]) || (one < other ? -1 : 1);
}

function isWider(pattern: string, host: string): boolean {
  return compareHosts(pattern, host) > 0 && mayFit(pattern, host);
}

/** Returns the rule that leads to the frontend of a host. Clients that name no host can only mean any. */
function pickOf(host: string, backend: string, library: Library): string {
  if (host === ANY_HOST) return `  default_backend ${backend}\n`;
  return library.fill('HTTPS_GROUPED_VHOST_FRONTEND_ACL', { backend, host: hostWords(host) });
}

/** Names of sections that the templates make. */
const HEAD_NAMES = ['stats', ADMIN, 'marathon_http_in', 'marathon_https_in', 'marathon_http_appid_in'] as const;

/**
 * Returns the names of the vhosts' sections. A name of `taken`, of a service or of the head, stays theirs, and of two that would be the same
 * (`a.b` and `a_b`) the later one gives way: it gets a digest at its end. If a frontend and a backend must not share a name, `shop` and
 * `shop.in` make the same name too.
 */
function namesOf(
  vhosts: readonly string[],
  taken: Set<string>,
  { sharedNames }: Pick<HaproxyFeatures, 'sharedNames'>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const vhost of vhosts) {
    const plain = isHostPattern(vhost) ? `pattern_${hash('sha1', vhost).slice(0, 8)}` : clean(vhost);
    const isTaken = taken.has(plain) || (!sharedNames && taken.has(`${plain}_in`));
    const name = isTaken ? `${plain}_${hash('sha1', vhost).slice(0, 8)}` : plain;
    taken.add(name);
    if (!sharedNames) taken.add(`${name}_in`);
    names.set(vhost, name);
  }
  return names;
}

/** Returns the names of all sections but those of the vhosts. */
function namesOfOthers(services: readonly Fragment['service'][], haproxy: Pick<HaproxyFeatures, 'sharedNames'>): Set<string> {
  const names = new Set<string>(HEAD_NAMES);
  for (const { backend } of services) names.add(backend).add(frontendName(backend, haproxy));
  return names;
}

function inOrder(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].sort();
}

/** `wider`: what leads to services with patterns that the vhost fits, too. */
function vhostSections(
  vhost: string,
  name: string,
  fragments: readonly Fragment[],
  {
    logging,
    backendLines,
    ...wider
  }: {
    readonly choices: readonly Block[];
    readonly rules: readonly Block[];
    readonly logging: Logging | undefined;
    readonly backendLines: string;
  },
  settings: RenderSettings,
  library: Library,
): readonly Section[] {
  const holder = holderOf(
    vhost,
    fragments.map(({ service }) => service),
  );
  const own = fragments.flatMap(({ service }) => (service.app === holder.app ? (service.sslCert ?? []) : []));
  const head = {
    name,
    sslCerts: certificateWords({ ...settings, sslCerts: inOrder(settings.sslCerts) }, inOrder(own)),
    bindOpts: bindOptions(fragments, holder.app),
    host: hostWords(vhost),
  };
  const named = fragments.filter(({ vhosts }) => vhosts.has(vhost));
  const ofName = withoutMatched(
    byWeight(named, ({ service }) => service.weight).map(({ owner, service, vhosts }) => ({
      service,
      block: { owner, text: vhosts.get(vhost) ?? '' },
    })),
    sampleOf(settings),
    vhost,
  );
  const rules: readonly Block[] = [
    ...(isHostPattern(vhost) && settings.defaults.httpsRouting === 'host' ? [{ text: SAME_HOST }] : []),
    ...ofName.choices,
    ...ofName.blocks,
    ...wider.rules,
  ];
  const filled = library.fill('HTTPS_GROUPED_VHOST_FRONTEND_HEAD', head);
  // Certificates and bind options of one service are that service's; those of several cannot be told apart by their line.
  const owner = fragments.length === 1 ? fragments[0]?.owner : undefined;
  return [
    { kind: 'backend', name, blocks: [{ text: `${library.fill('HTTPS_GROUPED_VHOST_BACKEND_HEAD', { name })}${backendLines}` }] },
    {
      kind: 'frontend',
      name: frontendName(name, settings.haproxy),
      blocks: [
        { owner, text: withEntry(withFrontendName(filled, name, settings.haproxy), 'inner', settings, logging) },
        ...wider.choices,
        ...rules,
      ],
    },
  ];
}

/** With HTTP/2 a browser sends requests for a host through the connection for another one, whose frontend lacks its rules. */
const SAME_HOST =
  '  http-request set-var(txn.tls_name) ssl_fc_sni,lower\n  http-request return status 421 if { ssl_fc_has_sni } !{ req.hdr(host),field(1,:),lower,strcmp(txn.tls_name) eq 0 }\n';

/** Returns the service whose app decides about certificates and bind options of a vhost: its holder, or that with the older right. */
function holderOf(vhost: string, services: readonly Fragment['service'][]): Fragment['service'] {
  return (
    services.find(({ leads }) => leads?.includes(vhost)) ?? services.reduce((one, other) => (isBefore(other, one) ? other : one))
  );
}

function isBefore(one: Fragment['service'], other: Fragment['service']): boolean {
  if (one.contested !== undefined && other.contested !== undefined) return one.contested < other.contested;
  return byPrecedence(one, other) < 0;
}

function bindOptions(fragments: readonly Fragment[], app: string): string {
  const options = fragments.find(({ service }) => service.app === app && service.bindOptions !== undefined)?.service.bindOptions;
  return options === undefined ? '' : ` ${options}`;
}
