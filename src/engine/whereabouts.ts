/** Where a fault stands that is nobody's but the operator's: which template, which line of it. */
import type { Alert } from '../haproxy/alerts.ts';
import { type ConfigDocument, printSection, type Section } from '../render/document.ts';
import type { TemplateName } from '../render/templates.ts';

/** Alerts about a document with the template and the line that they mean, as far as HAProxy names a line. */
export function withPlaces(doc: ConfigDocument | undefined, alerts: readonly Alert[]): readonly Alert[] {
  if (doc === undefined) return alerts;
  return alerts.map((alert) => {
    const place = alert.line === undefined ? undefined : placeOf(doc, alert.line);
    return place === undefined ? alert : { ...alert, message: `${place}: ${alert.message}` };
  });
}

/** Line `line` (from 1) of the printed document in words; undefined beyond its end. */
function placeOf(doc: ConfigDocument, line: number): string | undefined {
  let left = line - 1;
  for (const section of doc.sections) {
    const lines = printSection(section).split('\n');
    if (left < lines.length) return told(section, left, lines[left] ?? '');
    left -= lines.length;
  }
  return undefined;
}

function told(section: Section, at: number, text: string): string {
  const shown = `\`${text.trim()}\``;
  const first = section.blocks[0];
  const isHead = first !== undefined && first.owner === undefined && section.owner === undefined;
  const template = isHead ? templateOf(section) : undefined;
  if (template !== undefined && first !== undefined && at < first.text.split('\n').length - 1)
    return `template HAPROXY_${template}, line ${at + 1}, ${shown}`;
  const kind = section.kind === 'head' ? 'head' : `${section.kind} ${section.name}`;
  return `${kind}, ${shown}, which a template puts into every service's part`;
}

/** The template that begins a section of nobody's. */
function templateOf({ kind, name }: Section): TemplateName | undefined {
  if (kind === 'head') return 'HEAD';
  if (kind === 'backend') return 'HTTPS_GROUPED_VHOST_BACKEND_HEAD';
  if (name === 'marathon_http_in') return 'HTTP_FRONTEND_HEAD';
  if (name === 'marathon_http_appid_in') return 'HTTP_FRONTEND_APPID_HEAD';
  if (name === 'marathon_https_in') return 'HTTPS_FRONTEND_HEAD';
  return 'HTTPS_GROUPED_VHOST_FRONTEND_HEAD';
}
