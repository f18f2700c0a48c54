/** What TLS_PASSTHROUGH makes of the other labels of a service: HAProxy sees no requests in connections that it passes on. */
import type { Problem } from '../problem.ts';
import type { ServiceDefinition } from '../service.ts';

interface Passed {
  readonly fields: ServiceDefinition;
  /** What has no effect. */
  readonly problems: readonly Problem[];
  /** What costs the service: it would keep nobody away. */
  readonly refused: readonly Problem[];
}

/** Returns the fields of a service with TLS_PASSTHROUGH, which is off if its MODE is http. */
export function withPassthrough(app: string, index: number, fields: ServiceDefinition, mode: 'http' | 'tcp' | undefined): Passed {
  const name = (label: string): string => `HAPROXY_${index}_${label}`;
  const label = name('TLS_PASSTHROUGH');
  if (mode === 'http') {
    const detail = `${label} has no effect: ${name('MODE')} is http, and connections that are passed on are of mode tcp; HTTPS is terminated for its hosts`;
    const problem: Problem = { code: 'mode-conflict', app, label, detail, fix: `take ${name('MODE')} or ${label} away` };
    return { fields: { ...fields, tlsPassthrough: false }, problems: [problem], refused: [] };
  }
  const useless = (['path', 'match', 'redirectToHttps'] as const).filter(
    (field) => fields[field] !== undefined && fields[field] !== false,
  );
  const problems = useless.map((field): Problem => {
    const other = name(LABELS[field]);
    return {
      code: 'label-useless',
      app,
      label: other,
      detail: `${other} has no effect: ${label} passes whole connections on`,
      fix: `take ${other} away`,
    };
  });
  const refused: Problem[] = [];
  if (fields.auth !== undefined) {
    const detail = `${name('AUTH')} can keep nobody away: ${label} passes connections on, in which HAProxy sees no requests`;
    refused.push({ code: 'label-malformed', app, label: name('AUTH'), detail, fix: `take ${name('AUTH')} or ${label} away` });
  }
  const passed = { ...fields, path: undefined, pathType: undefined, match: undefined, redirectToHttps: false };
  return { fields: passed, problems, refused };
}

const LABELS = { path: 'PATH', match: 'MATCH', redirectToHttps: 'REDIRECT_TO_HTTPS' } as const;
