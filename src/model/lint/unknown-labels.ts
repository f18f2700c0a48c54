/** Labels that begin with `HAPROXY_` and have no meaning: they are reported and ignored. */
import { isEmpty } from '../labels/parse-label.ts';
import { labels } from '../labels/table.ts';
import { nearest } from '../../lib/text/did-you-mean.ts';
import type { Problem } from '../problem.ts';
import type { Workload } from '../workload.ts';
import { isTemplateName, templateLabels } from '../labels/template-table.ts';

/**
 * What is wrong with the names of an app's labels; `count`: how many service ports it has. An app can have thousands of them: what may be
 * meant is searched only if the problem will be shown.
 */
export function unknownLabels(app: Workload, count: number): readonly Problem[] {
  const problems: Problem[] = [];
  for (const label in app.labels) {
    if (isEmpty(app.labels[label] as string)) continue;
    const fault = faultOf(label, count, problems.length < MOST_GUESSES);
    if (fault) problems.push({ app: app.id, label, ...fault });
  }
  return problems;
}

type Fault = Pick<Problem, 'code' | 'detail' | 'fix'>;

const forApps: ReadonlySet<string> = new Set(labels.filter(({ per }) => per === 'app').map(({ name }) => name));
const forServices: ReadonlySet<string> = new Set(labels.filter(({ per }) => per === 'service').map(({ name }) => name));
const overridable: readonly string[] = Object.entries(templateLabels).flatMap(([name, isOne]) => (isOne ? [name] : []));

const MOST_GUESSES = 50;

function faultOf(label: string, count: number, guess: boolean): Fault | undefined {
  const match = /^HAPROXY_(?:(\d+)_)?(.*)$/s.exec(label);
  if (!match) return undefined;
  if (isCopied(label)) return unknown(label, guess ? meantByBraces(label) : undefined);
  const digits = match[1];
  const name = match[2] ?? '';
  if (digits === undefined) {
    if (forApps.has(name)) return undefined;
    return isTemplateName(name) && !templateLabels[name]
      ? global(label, name)
      : unknown(label, guess ? meantWithout(name.toUpperCase()) : undefined);
  }
  if (!forServices.has(name)) {
    if (!isTemplateName(name)) return unknown(label, guess ? meantWith(digits, name.toUpperCase()) : undefined);
    if (!templateLabels[name]) return global(label, name);
  }
  return Number(digits) < count ? undefined : beyond(label, digits, count);
}

/** The manual writes `{n}` where the number goes: people copy the braces, with or without a number in them. */
function isCopied(label: string): boolean {
  return BRACES.test(label);
}

function meantByBraces(label: string): string | undefined {
  const [, digits = '0', name = ''] = BRACES.exec(label) ?? [];
  const upper = name.toUpperCase();
  if (forServices.has(upper) || overridable.includes(upper)) return `HAPROXY_${digits}_${upper}`;
  return meantWith(digits, upper);
}

const BRACES = /^HAPROXY_(?:\{(?:n|(\d{1,5}))\}|n)_(.{1,100})$/i;

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
  const detail = `${shown(label)} has no effect: there is no service port ${digits.slice(0, 20)}`;
  return { code: 'label-unknown', detail, fix: count === 0 ? 'give the app a service port' : `the app has ${ports}` };
}

/** Names are anybody's text, too. */
function shown(label: string): string {
  return /^\w{1,80}$/.test(label) ? label : JSON.stringify(label.slice(0, 80));
}
