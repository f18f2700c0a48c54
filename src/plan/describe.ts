import type { Section, ServerLine } from '../render/document.ts';
import type { CertificateChange, Change, ServerChanges } from './change.ts';
import { plural } from '../lib/text/plural.ts';

/** A change in the operator's words, and the app it is about; undefined: none, or many. */
export interface Description {
  readonly app?: string;
  readonly text: string;
}

/**
 * Describes what changed by app and service port: `server + 10.0.1.7:31003 to /shop:10000`. Leaves out what follows from another change (the
 * own frontend of a new service). Changes of single apps come first.
 */
export function describe(changes: readonly Change[]): Description[] {
  const twins = backendsNewOrGone(changes);
  const described = changes.flatMap((change) => describeChange(change, twins));
  return [...described.filter(({ app }) => app !== undefined), ...described.filter(({ app }) => app === undefined)];
}

function describeChange(change: Change, twins: ReadonlySet<string>): Description[] {
  switch (change.kind) {
    case 'section-new':
      return describeSection(change.section, 'new', twins);
    case 'section-gone':
      return describeSection(change.section, 'gone', twins);
    case 'section-changed':
      return describeChanged(change.before, change.after);
    case 'servers':
      return describeServers(change.section, change.servers);
    case 'order':
      return [{ text: 'the order of sections changed' }];
    case 'file':
      return [{ text: `${change.fileKind} ${change.name}: ${change.difference}` }];
    case 'certificate':
      return [{ text: describeCertificate(change) }];
  }
}

function backendsNewOrGone(changes: readonly Change[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const change of changes) {
    if (change.kind !== 'section-new' && change.kind !== 'section-gone') continue;
    if (change.section.kind === 'backend') names.add(change.section.name);
  }
  return names;
}

function describeSection(section: Section, what: 'new' | 'gone', twins: ReadonlySet<string>): Description[] {
  const { owner, kind } = section;
  if (owner === undefined) return [{ text: `${nameOf(section)} is ${what}` }];
  if (kind !== 'backend') return twins.has(owner.backend) ? [] : [{ app: owner.app, text: `${nameOf(section)} is ${what}` }];
  const count = section.servers?.length ?? 0;
  const servers = what === 'new' ? ` (${plural(count, 'server')})` : '';
  return [{ app: owner.app, text: `service ${serviceOf(section)} is ${what}${servers}` }];
}

function describeChanged(before: Section, after: Section): Description[] {
  const { owner } = after;
  if (owner === undefined) return [{ text: describeShared(before, after) }];
  if (after.kind !== 'backend') return [{ app: owner.app, text: `${nameOf(after)} changed` }];
  return [{ app: owner.app, text: `settings of ${serviceOf(after)} changed` }, ...describeServerLists(before, after)];
}

/** Describes whose rules came, went and changed in a frontend that services share. */
function describeShared(before: Section, after: Section): string {
  const old = rulesOf(before);
  const fresh = rulesOf(after);
  const names: string[] = [];
  for (const [backend, text] of fresh) {
    const was = old.get(backend);
    if (was !== text) names.push(`${was === undefined ? '+' : '~'}${backend}`);
  }
  for (const backend of old.keys()) if (!fresh.has(backend)) names.push(`-${backend}`);
  if (names.length === 0) return `${nameOf(after)} changed`;
  return `rules of ${nameOf(after)}: ${firstOf(names)}`;
}

function rulesOf(section: Section): Map<string, string> {
  const rules = new Map<string, string>();
  for (const { owner, text } of section.blocks) if (owner) rules.set(owner.backend, (rules.get(owner.backend) ?? '') + text);
  return rules;
}

function describeServerLists(before: Section, after: Section): Description[] {
  const old = new Map((before.servers ?? []).map((server) => [server.name, server]));
  const fresh = new Set((after.servers ?? []).map(({ name }) => name));
  const added = (after.servers ?? []).filter(({ name }) => !old.has(name));
  const removed = (before.servers ?? []).filter(({ name }) => !fresh.has(name));
  return added.length + removed.length === 0 ? [] : describeServers(after, { added, removed, changed: [], moved: false });
}

function describeServers(section: Section, { added, removed, changed }: ServerChanges): Description[] {
  const app = section.owner?.app;
  const service = serviceOf(section);
  const texts = [
    ...added.map((server) => `server + ${addressOf(server)} to ${service}`),
    ...removed.map((server) => `server - ${addressOf(server)} from ${service}`),
    ...changed.map(({ before, after }) => describeServer(before, after, service)),
  ];
  if (texts.length === 0) texts.push(`order of the servers of ${service} changed`);
  return texts.map((text) => (app === undefined ? { text } : { app, text }));
}

function describeServer(before: ServerLine, after: ServerLine, service: string): string {
  const [from, to] = [addressOf(before), addressOf(after)];
  if (from !== to) return `server ${after.name} of ${service}: ${from} → ${to}`;
  const [was, is] = [before.isDraining, after.isDraining];
  if (was !== is) return `server ${to} of ${service} ${is ? 'drains' : 'serves again'}`;
  return `server ${to} of ${service} changed`;
}

/** `10.0.1.7:31003`; the server's name if a template wrote another kind of line. */
function addressOf({ name, spec }: ServerLine): string {
  return spec.address ?? name;
}

/** App and service port: `/shop:10000`. */
function serviceOf({ owner, name }: Section): string {
  return owner === undefined ? name : `${owner.app}:${owner.backend.slice(owner.backend.lastIndexOf('_') + 1)}`;
}

function nameOf(section: Section): string {
  return section.kind === 'head' ? 'the head' : `${section.kind} ${section.name}`;
}

/** Returns a change as the reason of a plan, by the names of the configuration: `servers of backend shop_10000 changed (+10_0_1_7_31003)`. */
export function reasonOf(change: Change): string {
  switch (change.kind) {
    case 'section-new':
      return `${nameOf(change.section)} is new`;
    case 'section-gone':
      return `${nameOf(change.section)} is gone`;
    case 'section-changed':
      return `${nameOf(change.after)} changed`;
    case 'servers':
      return `servers of ${nameOf(change.section)} changed (${serversOf(change.servers)})`;
    case 'order':
      return 'the order of sections changed';
    case 'file':
      return `${change.fileKind} ${change.name} changed (${change.difference})`;
    case 'certificate':
      return describeCertificate(change);
  }
}

function describeCertificate({ before, after }: CertificateChange): string {
  const what = before === undefined ? 'is new' : after === undefined ? 'is gone' : 'is renewed';
  return `certificate ${(after ?? before)?.name ?? ''} ${what}`;
}

function serversOf(servers: ServerChanges): string {
  const all = [
    ...servers.added.map((server) => `+${server.name}`),
    ...servers.removed.map((server) => `-${server.name}`),
    ...servers.changed.map(({ after }) => `~${after.name}`),
  ];
  return all.length === 0 ? 'order' : firstOf(all);
}

function firstOf(names: readonly string[]): string {
  const rest = names.length - SHOWN;
  return names.slice(0, SHOWN).join(' ') + (rest > 0 ? ` and ${rest} more` : '');
}

const SHOWN = 8;
