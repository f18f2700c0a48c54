/** Labels that begin with `HAPROXY_` and that nobody reads: said, but the app is served as if they were not there. */
import { labels } from './labels.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import type { App } from './snapshot.ts';
import { isTemplateName, templateLabels } from './template-labels.ts';

/** What is wrong with the names of an app's labels; `count`: how many service ports it has. */
export function unknownLabels(app: App, count: number): readonly Problem[] {
  const problems: Problem[] = [];
  for (const label in app.labels) {
    const fault = faultOf(label, count);
    if (fault) problems.push({ app: app.id, label, ...fault });
  }
  return problems;
}

type Fault = Pick<Problem, 'code' | 'detail' | 'fix'>;

const forApps: ReadonlySet<string> = new Set(labels.filter(({ per }) => per === 'app').map(({ name }) => name));
const forServices: ReadonlySet<string> = new Set(labels.filter(({ per }) => per === 'service').map(({ name }) => name));
const overridable: readonly string[] = Object.entries(templateLabels).flatMap(([name, isOne]) => (isOne ? [name] : []));

function faultOf(label: string, count: number): Fault | undefined {
  const match = /^HAPROXY_(?:(\d+)_)?(.*)$/s.exec(label);
  if (!match) return undefined;
  const digits = match[1];
  const name = match[2] ?? '';
  if (digits === undefined) return forApps.has(name) ? undefined : unknown(label, meantWithout(name.toUpperCase()));
  if (!forServices.has(name)) {
    if (!isTemplateName(name)) return unknown(label, meantWith(digits, name.toUpperCase()));
    if (!templateLabels[name]) return global(label, name);
  }
  return Number(digits) < count ? undefined : beyond(label, digits, count);
}

/** A label of a service without its number is the most frequent mistake of all. */
function meantWithout(name: string): string | undefined {
  if (forServices.has(name) || overridable.includes(name)) return `HAPROXY_0_${name}`;
  const app = nearest(name, forApps);
  if (app !== undefined) return `HAPROXY_${app}`;
  const service = nearest(name, forServices);
  return service === undefined ? undefined : `HAPROXY_0_${service}`;
}

function meantWith(digits: string, name: string): string | undefined {
  if (forApps.has(name)) return `HAPROXY_${name}`;
  const service = nearest(name, [...forServices, ...overridable]);
  return service === undefined ? undefined : `HAPROXY_${digits}_${service}`;
}

function unknown(label: string, meant: string | undefined): Fault {
  const fix = meant === undefined ? 'take it away; the labels are listed by --longhelp' : `perhaps ${meant} is meant`;
  return { code: 'label-unknown', detail: `there is no label ${shown(label)}; it has no effect`, fix };
}

function global(label: string, name: string): Fault {
  const detail = `${label} has no effect: the template ${name} is global`;
  return { code: 'label-useless', detail, fix: `set it for all apps by the environment variable or file HAPROXY_${name}` };
}

function beyond(label: string, digits: string, count: number): Fault {
  const ports = count === 1 ? '1 service port, number 0' : `${count} service ports, numbers 0 to ${count - 1}`;
  const detail = `${label} has no effect: there is no service port ${digits}`;
  return { code: 'label-unknown', detail, fix: count === 0 ? 'give the app a service port' : `the app has ${ports}` };
}

/** Names are anybody's text, too. */
function shown(label: string): string {
  return /^\w{1,80}$/.test(label) ? label : JSON.stringify(label.slice(0, 80));
}
