/** Finds the line of an alert, and the template of the operator that it is from, if no app owns it. */
import type { Alert } from '../../haproxy/check/alerts.ts';
import { redact } from '../../haproxy-config/redact.ts';
import { type ConfigDocument, printSection, type Section } from '../../render/document.ts';
import type { TemplateName } from '../../render/templates/defaults.ts';

/** Adds to alerts about a document the line that they mean, and the template that it is from, as far as HAProxy names one. */
export function withLocations(doc: ConfigDocument, alerts: readonly Alert[]): readonly Alert[] {
  if (alerts.every(({ line }) => line === undefined)) return alerts;
  const starts = startsOf(doc);
  return alerts.map((alert) => {
    const at = alert.line === undefined ? -1 : starts.findLastIndex((start) => start < (alert.line ?? 0));
    const section = doc.sections[at];
    if (section === undefined || alert.line === undefined) return alert;
    const line = alert.line - (starts[at] as number);
    const text = redact(printSection(section).split('\n')[line - 1]?.trim() ?? '');
    return text === '' ? alert : { ...alert, text, message: `${placeOf(section, line, text)}: ${alert.message}` };
  });
}

/** Returns the number of lines before each section. */
function startsOf(doc: ConfigDocument): readonly number[] {
  let next = 0;
  return doc.sections.map((section) => {
    const start = next;
    next += printSection(section).split('\n').length;
    return start;
  });
}

/** Line `line` (from 1) of a section in words. */
function placeOf(section: Section, line: number, text: string): string {
  const shown = `\`${text.slice(0, 120)}\``;
  const first = section.blocks[0];
  const isHead = first !== undefined && first.owner === undefined && section.owner === undefined;
  if (!isHead || line >= first.text.split('\n').length) return shown;
  return `template HAPROXY_${templateOf(section)}, line ${line}, ${shown}`;
}

/** Returns the template that begins a section without an owner. */
function templateOf({ kind, name }: Section): TemplateName {
  if (kind === 'head') return 'HEAD';
  if (kind === 'backend') return 'HTTPS_GROUPED_VHOST_BACKEND_HEAD';
  if (name === 'marathon_http_in') return 'HTTP_FRONTEND_HEAD';
  if (name === 'marathon_http_appid_in') return 'HTTP_FRONTEND_APPID_HEAD';
  if (name === 'marathon_https_in') return 'HTTPS_FRONTEND_HEAD';
  return 'HTTPS_GROUPED_VHOST_FRONTEND_HEAD';
}
