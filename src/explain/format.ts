/** Explanations as text for a terminal. */
import { escapeControls } from '../log/escape-controls.ts';
import type { AppExplanation, ServiceExplanation } from './app/explain-app.ts';
import type { UrlExplanation } from './url/explain-url.ts';

export function formatApp({ app, served, notLive, notes, services, problems }: AppExplanation): string {
  const state = notLive === undefined ? `is ${served ? 'served' : 'not served'}` : `would be served, but ${notLive}`;
  const lines = [`${app} ${state}`, ...notes.map((note) => `  ${note}`)];
  for (const service of services) lines.push(...serviceLines(service, notLive === undefined ? 'served' : 'would be served'));
  if (problems.length > 0) lines.push('problems:');
  for (const { code, detail, fix } of problems) lines.push(`  ${detail}${fix === undefined ? '' : `; ${fix}`} [${code}]`);
  return escapeControls(`${lines.join('\n')}\n`);
}

export function formatUrl({
  url,
  notLive,
  service,
  backend,
  steps,
  rule,
  traits,
  servers,
  losers,
  absent,
}: UrlExplanation): string {
  const target = service ?? (backend === undefined ? 'no service' : `backend ${backend}`);
  const lines = [`${url} → ${target}${notLive === undefined ? '' : `, but ${notLive}`}`, ...steps.map((step) => `  ${step}`)];
  if (rule !== undefined) lines.push('rule:', `  ${rule}`);
  if (traits.length > 0) lines.push('then:', ...traits.map((trait) => `  ${trait}`));
  if (servers.length > 0) lines.push('servers:', ...servers.map((server) => `  ${server}`));
  if (losers.length > 0) lines.push('other rules:', ...losers.map((loser) => `  ${loser}`));
  for (const app of absent)
    lines.push(`${app} wants this host or port, but is not served: marathon-lb explain app ${app} says why`);
  return escapeControls(`${lines.join('\n')}\n`);
}

function serviceLines({ index, port, served, reasons, routes, traits, servers }: ServiceExplanation, yes: string): string[] {
  const name = `service ${index}${port === undefined ? '' : `, port ${port}`}`;
  return [
    `${name}: ${served ? yes : 'not served'}`,
    ...reasons.map((reason) => `  ${reason}`),
    ...routes.map((route) => (route.startsWith('not ') ? `  ${route}` : `  from ${route}`)),
    ...traits.map((trait) => `  ${trait}`),
    ...servers.map((server) => `  to ${server}`),
  ];
}
