/** From services to the document (compatibility.md, section 6). */
import type { RenderSettings } from '../config/settings.ts';
import type { Problem } from '../model/problem.ts';
import { areIdentical } from '../model/same.ts';
import type { Service } from '../model/service.ts';
import type { ConfigDocument, Section } from './document.ts';
import { aclSuffixes } from './acl-names.ts';
import { type Facade, type Fragment, isSameFacade, type Part, renderService } from './fragment.ts';
import type { Library } from './library.ts';
import type { RuleContext } from './rules.ts';
import { reuseShared, type Shared, sharedSections } from './shared.ts';

export interface Rendered {
  readonly document: ConfigDocument;
  /** Services whose labels make templates that cannot be filled: they are left out. */
  readonly problems: readonly Problem[];
}

/** What a rendering keeps for the next one with the same settings and library. */
export interface RenderMemo {
  /** What a service came to, by the very object. */
  readonly services: WeakMap<Service, Kept>;
  /** The same by the backend's name, so that what a change of the service leaves alone stays the same object. */
  readonly byBackend: Map<string, Kept>;
  last: Last | undefined;
}

interface Kept {
  /** The same object while only tasks change. */
  readonly facade: Facade;
  part: Part | undefined;
}

interface Last {
  readonly facades: readonly Facade[];
  readonly suffixes: ReadonlyMap<Facade, string>;
  readonly parts: readonly Part[];
  readonly fragments: readonly Fragment[];
  readonly shared: Shared;
  readonly rendered: Rendered;
}

export function createRenderMemo(): RenderMemo {
  return { services: new WeakMap(), byBackend: new Map(), last: undefined };
}

/**
 * Renders services that are sorted by app id and port. The same services and settings give the same bytes; with the memo of the
 * renderings before, what did not change is the same object as there.
 */
export function render(
  services: readonly Service[],
  settings: RenderSettings,
  library: Library,
  memo: RenderMemo = createRenderMemo(),
): Rendered {
  const context: RuleContext = { library, haproxyMap: settings.haproxyMap, haproxyDir: settings.haproxyDir };
  const { last } = memo;
  const kept = services.map((service) => keptOf(service, memo));
  const facades = kept.map(({ facade }) => facade);
  const suffixes = last && areIdentical(last.facades, facades) ? last.suffixes : aclSuffixes(facades);
  const parts = services.map((service, at) => partOf(service, kept[at] as Kept, suffixes, settings, context, memo));
  if (last && areIdentical(last.parts, parts)) return last.rendered;
  const fragments: Fragment[] = [];
  const backends: Section[] = [];
  const problems: Problem[] = [];
  for (const part of parts) {
    if (part.kind === 'left-out') problems.push(part.problem);
    else {
      fragments.push(part.fragment);
      backends.push(part.backend);
    }
  }
  const shared = sharedOf(fragments, settings, context, last);
  const rendered = { document: { sections: [...shared.sections, ...backends], maps: shared.maps }, problems };
  memo.last = { facades, suffixes, parts, fragments, shared, rendered };
  forgetGone(services, memo);
  return rendered;
}

function keptOf(service: Service, memo: RenderMemo): Kept {
  let kept = memo.services.get(service);
  if (kept === undefined) {
    const before = memo.byBackend.get(service.backend);
    const facade = before !== undefined && isSameFacade(before.facade, service) ? before.facade : service;
    kept = { facade, part: undefined };
    memo.services.set(service, kept);
  }
  return kept;
}

function partOf(
  service: Service,
  kept: Kept,
  suffixes: ReadonlyMap<Facade, string>,
  settings: RenderSettings,
  context: RuleContext,
  memo: RenderMemo,
): Part {
  const aclSuffix = suffixes.size === 0 ? undefined : suffixes.get(kept.facade);
  if (kept.part === undefined || kept.part.aclSuffix !== aclSuffix) {
    const before = kept.part ?? memo.byBackend.get(service.backend)?.part;
    kept.part = renderService(service, settings, aclSuffix === undefined ? context : { ...context, aclSuffix }, before);
    memo.byBackend.set(service.backend, kept);
  }
  return kept.part;
}

function sharedOf(
  fragments: readonly Fragment[],
  settings: RenderSettings,
  context: RuleContext,
  last: Last | undefined,
): Shared {
  if (last === undefined) return sharedSections(fragments, settings, context);
  if (areIdentical(last.fragments, fragments)) return last.shared;
  return reuseShared(sharedSections(fragments, settings, context), last.shared);
}

/** What is away stays for a while: a service without tasks, or without the one that HAProxy refused, is often back soon. */
function forgetGone(services: readonly Service[], { byBackend }: RenderMemo): void {
  if (byBackend.size <= 2 * services.length + 100) return;
  const names = new Set(services.map(({ backend }) => backend));
  for (const name of byBackend.keys()) if (!names.has(name)) byBackend.delete(name);
}
