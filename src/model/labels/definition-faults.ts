/** Faults of a definition for which the service is not served, though each label can be read. */
import type { Problem } from '../problem.ts';
import type { ServiceDefinition } from '../service.ts';
import { hostOfUrl } from '../values/auth/forward-auth.ts';
import type { JwtKey } from '../values/auth/jwt.ts';
import { costlyHashIn } from '../values/auth/password-hash.ts';
import type { LabelLimits } from '../values/limits.ts';
import { lackOf, typedRows } from './from-rows.ts';
import { CLAIMS } from './rows/tokens.ts';

/** Returns the faults of templates, of labels that would keep nothing away, and of hosts that must not be asked. */
export function definitionFaults(service: ServiceDefinition, limits: LabelLimits): readonly Problem[] {
  return [...templateFaults(service, limits), ...openGuards(service), ...deniedHosts(service, limits), ...openTokens(service)];
}

const guards = typedRows.filter((row) => row.guards === true);

/** Returns the labels that would keep nothing away in the mode of the service. */
function openGuards(service: ServiceDefinition): readonly Problem[] {
  const { app, index, mode, typed } = service;
  if (typed === undefined || mode === 'http') return [];
  return guards.flatMap((row): readonly Problem[] => {
    const value = typed[row.name];
    if (value === undefined || lackOf(row, value, service) !== 'http') return [];
    const label = `HAPROXY_${index}_${row.name}`;
    const detail = `${label} can keep nobody away: service ${index} is of mode tcp, in which HAProxy sees no requests`;
    const fix = `set HAPROXY_${index}_MODE to http, or take ${label} away`;
    return [{ code: 'label-malformed', app, label, detail, fix }];
  });
}

/** Returns the problem of a service with AUTH_URL: this program can reach hosts that the author of the app cannot. */
function deniedHosts({ app, index, typed }: ServiceDefinition, { authHosts = [] }: LabelLimits): readonly Problem[] {
  const url = typed?.['AUTH_URL'];
  const host = typeof url === 'string' ? hostOfUrl(url) : undefined;
  if (host === undefined || authHosts.includes(host)) return [];
  const label = `HAPROXY_${index}_AUTH_URL`;
  const detail = `${label} names ${host}, which is none of the hosts that labels may have asked (--auth-hosts)`;
  return [{ code: 'label-malformed', app, label, detail, fix: `name ${host} in --auth-hosts, or another host in ${label}` }];
}

/** Returns the labels about tokens that the service must not be served without, and that have no key or the wrong one. */
function openTokens({ app, index, typed }: ServiceDefinition): readonly Problem[] {
  const key = typed?.['JWT_KEY'] as JwtKey | undefined;
  const algorithm = typed?.['JWT_ALG'] as string | undefined;
  const name = (label: string): string => `HAPROXY_${index}_${label}`;
  if (key === undefined) {
    const claims = CLAIMS.filter((claim) => typed?.[claim] !== undefined).map(name);
    return claims.map((label) => ({
      code: 'label-malformed',
      app,
      label,
      detail: `${label} keeps nobody away without ${name('JWT_KEY')}`,
      fix: `set ${name('JWT_KEY')}, or take ${label} away`,
    }));
  }
  if (algorithm === undefined || key.algorithms.includes(algorithm)) return [];
  const label = name('JWT_ALG');
  const detail = `${label} is ${algorithm}, which does not fit the key of ${name('JWT_KEY')}`;
  return [{ code: 'label-malformed', app, label, detail, fix: `use one of ${key.algorithms.join(', ')}` }];
}

/** Returns the templates that cost the service: too long ones, and password hashes that take seconds to check. */
function templateFaults({ app, index, templates }: ServiceDefinition, { labelLength }: LabelLimits): readonly Problem[] {
  const found: Problem[] = [];
  for (const name in templates) {
    const text = templates[name] as string;
    const label = `HAPROXY_${index}_${name}`;
    const isLong = text.length > labelLength;
    const must = isLong
      ? `has ${text.length} characters, it must have at most ${labelLength} (--max-label-length)`
      : name === 'USERLIST_HEAD'
        ? costlyHashIn(text)
        : undefined;
    if (must !== undefined) found.push({ code: 'label-malformed', app, label, detail: `${label} ${must}` });
  }
  return found;
}
