/** With `--group-https-by-vhost`: one HTTPS frontend a vhost, chosen by SNI. */
import { hash } from 'node:crypto';
import type { HaproxyFeatures } from '../../config/versions/version.ts';
import type { RenderSettings } from '../../config/settings.ts';
import { clean } from '../../model/names.ts';
import { bySeniority } from '../../model/conflicts/seniority.ts';
import type { Block, Section } from '../document.ts';
import type { Fragment } from '../fragment.ts';
import { frontendName, withFrontendName } from './frontend-name.ts';
import { ADMIN } from '../head.ts';
import type { Library } from '../templates/library.ts';

/** Returns the frontend that picks the vhost, then for each vhost (sorted) the backend that leads to its frontend, and that frontend. */
export function groupedHttps(fragments: readonly Fragment[], settings: RenderSettings, library: Library): readonly Section[] {
  const byVhost = new Map<string, Fragment[]>();
  for (const fragment of fragments) {
    for (const vhost of fragment.vhosts.keys()) {
      const group = byVhost.get(vhost);
      if (group) group.push(fragment);
      else byVhost.set(vhost, [fragment]);
    }
  }
  const vhosts = [...byVhost.keys()].sort();
  const names = namesOf(vhosts, namesOfOthers(fragments), settings.haproxy);
  const picks: Block[] = vhosts.map((host) => ({
    text: library.fill('HTTPS_GROUPED_VHOST_FRONTEND_ACL', { backend: names.get(host) ?? '', host }),
  }));
  const sections: Section[] = [
    {
      kind: 'frontend',
      name: 'marathon_https_in',
      blocks: [{ text: `${library.fill('HTTPS_GROUPED_FRONTEND_HEAD', {})}${library.tcpLines}` }, ...picks],
    },
  ];
  for (const vhost of vhosts) {
    sections.push(...vhostSections(vhost, names.get(vhost) ?? '', byVhost.get(vhost) ?? [], settings, library));
  }
  return sections;
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
    const plain = clean(vhost);
    const isTaken = taken.has(plain) || (!sharedNames && taken.has(`${plain}_in`));
    const name = isTaken ? `${plain}_${hash('sha1', vhost).slice(0, 8)}` : plain;
    taken.add(name);
    if (!sharedNames) taken.add(`${name}_in`);
    names.set(vhost, name);
  }
  return names;
}

/** Returns the names of all sections but those of the vhosts. */
function namesOfOthers(fragments: readonly Fragment[]): Set<string> {
  const names = new Set<string>(HEAD_NAMES);
  for (const { service, frontend } of fragments) names.add(service.backend).add(frontend.name);
  return names;
}

function vhostSections(
  vhost: string,
  name: string,
  fragments: readonly Fragment[],
  settings: RenderSettings,
  library: Library,
): readonly Section[] {
  const holder = holderOf(vhost, fragments);
  const own = fragments.flatMap(({ service }) => (service.app === holder.app ? (service.sslCert ?? []) : []));
  const certs = [...new Set(own.length > 0 ? own : settings.sslCerts)].sort();
  const head = {
    name,
    sslCerts: certs.map((path) => `crt ${path}`).join(' '),
    bindOpts: bindOptions(fragments, holder.app),
    host: vhost,
  };
  const rules = fragments
    .toSorted((a, b) => b.service.weight - a.service.weight)
    .map(({ owner, vhosts }): Block => ({ owner, text: vhosts.get(vhost) ?? '' }));
  // Certificates and bind options of one service are that service's; those of several cannot be told apart by their line.
  const owner = fragments.length === 1 ? fragments[0]?.owner : undefined;
  return [
    { kind: 'backend', name, blocks: [{ text: library.fill('HTTPS_GROUPED_VHOST_BACKEND_HEAD', { name }) }] },
    {
      kind: 'frontend',
      name: frontendName(name, settings.haproxy),
      blocks: [
        { owner, text: withFrontendName(library.fill('HTTPS_GROUPED_VHOST_FRONTEND_HEAD', head), name, settings.haproxy) },
        ...rules,
      ],
    },
  ];
}

/** Returns the service whose app decides about certificates and bind options of a vhost: its holder, or that with the older right. */
function holderOf(vhost: string, fragments: readonly Fragment[]): Fragment['service'] {
  const services = fragments.map(({ service }) => service);
  return (
    services.find(({ leads }) => leads?.includes(vhost)) ?? services.reduce((one, other) => (isBefore(other, one) ? other : one))
  );
}

function isBefore(one: Fragment['service'], other: Fragment['service']): boolean {
  if (one.contested !== undefined && other.contested !== undefined) return one.contested < other.contested;
  return bySeniority(one, other) < 0;
}

function bindOptions(fragments: readonly Fragment[], app: string): string {
  const options = fragments.find(({ service }) => service.app === app && service.bindOptions !== undefined)?.service.bindOptions;
  return options === undefined ? '' : ` ${options}`;
}
