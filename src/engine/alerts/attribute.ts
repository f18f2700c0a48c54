import type { Alert } from '../../haproxy/check/alerts.ts';
import type { ConfigDocument, Owner, Section } from '../../render/document.ts';
import { ownerOf } from '../../render/document.ts';

/** Returns the map key of a service. */
export function serviceKey(service: { readonly app: string; readonly index: number }): string {
  return `${service.app}#${service.index}`;
}

/**
 * Finds the services that cause alerts: service key → its first alert. By the line if HAProxy names one; else
 * by the names in the message. Empty if only the operator's own templates are at fault, or HAProxy names nothing.
 */
export function attributeAlerts(doc: ConfigDocument, alerts: readonly Alert[]): Map<string, Alert> {
  const attributed = new Map<string, Alert>();
  for (const alert of alerts) {
    for (const owner of ownersOf(doc, alert)) {
      const key = serviceKey(owner);
      if (!attributed.has(key)) attributed.set(key, alert);
    }
  }
  return attributed;
}

function ownersOf(doc: ConfigDocument, alert: Alert): readonly Owner[] {
  const byLine = alert.line === undefined ? undefined : ownerOf(doc, alert.line);
  if (byLine !== undefined) return [byLine];
  for (const proxy of alert.proxies) {
    for (const section of doc.sections.filter((each) => isProxy(each) && each.name === proxy)) {
      // The first name is the one that refers to something; the others are what it refers to.
      const owners = section.owner === undefined ? mentioning(section, alert, proxy) : [section.owner];
      if (owners.length > 0) return owners;
    }
  }
  return [];
}

function isProxy(section: Section): boolean {
  return section.kind === 'frontend' || section.kind === 'backend';
}

/** In a shared frontend: the owners of rules that contain another name of the message (`use_backend missing`). */
function mentioning(section: Section, alert: Alert, proxy: string): Owner[] {
  const names = [...alert.proxies, ...alert.mentions].filter((name) => name !== proxy && !name.includes(' '));
  return section.blocks.flatMap((block) => {
    const words = block.owner === undefined ? [] : block.text.split(/\s+/);
    return block.owner !== undefined && names.some((name) => !KEYWORDS.has(name) && words.includes(name)) ? [block.owner] : [];
  });
}

/** Keywords that HAProxy quotes in such messages and that stand in every rule. */
const KEYWORDS = new Set([
  'use_backend',
  'default_backend',
  'use-server',
  'acl',
  'mode',
  'server',
  'http-request',
  'http-response',
]);
