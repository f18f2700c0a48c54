/** With `--group-https-by-vhost`: one HTTPS frontend a vhost, chosen by SNI (compatibility.md, section 6, point 5). */
import { hash } from 'node:crypto';
import type { RenderSettings } from '../config/settings.ts';
import { clean } from '../model/names.ts';
import type { Block, Section } from './document.ts';
import type { Fragment } from './fragment.ts';
import { frontendName, withFrontendName } from './frontend-name.ts';
import type { Library } from './library.ts';

/** The frontend that picks the vhost, then for each vhost (sorted) the backend that leads to its frontend, and that. */
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
  const names = namesOf(vhosts, settings.haproxy.sharedNames ? undefined : namesOfOthers(fragments));
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

/**
 * Returns the names of the vhosts' sections: of two that would be the same (`a.b` and `a_b`) the later one gets a digest at its end.
 * `others`: names of other sections, if a frontend and a backend must not share one; then `shop` and `shop.in` make the same name too.
 */
function namesOf(vhosts: readonly string[], others: ReadonlySet<string> | undefined): ReadonlyMap<string, string> {
  const taken = new Set<string>(others);
  const names = new Map<string, string>();
  for (const vhost of vhosts) {
    const plain = clean(vhost);
    const isTaken = taken.has(plain) || (others !== undefined && taken.has(`${plain}_in`));
    const name = isTaken ? `${plain}_${hash('sha1', vhost).slice(0, 8)}` : plain;
    taken.add(name);
    if (others !== undefined) taken.add(`${name}_in`);
    names.set(vhost, name);
  }
  return names;
}

/** Returns the names of all sections but those of the vhosts. */
function namesOfOthers(fragments: readonly Fragment[]): ReadonlySet<string> {
  const names = new Set(['marathon_http_in', 'marathon_http_appid_in', 'marathon_https_in']);
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
  const own = fragments.flatMap(({ service }) => service.sslCert ?? []);
  const certs = [...new Set(own.length > 0 ? own : settings.sslCerts)].sort();
  const head = { name, sslCerts: certs.map((path) => `crt ${path}`).join(' '), bindOpts: bindOptions(fragments), host: vhost };
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

function bindOptions(fragments: readonly Fragment[]): string {
  const options = fragments.find(({ service }) => service.bindOptions !== undefined)?.service.bindOptions;
  return options === undefined ? '' : ` ${options}`;
}
