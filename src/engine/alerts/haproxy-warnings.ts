/** HAProxy takes a configuration and warns of lines in it: those that a label made belong to its owner. */
import type { Alert } from '../../haproxy/check/alerts.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import { type ConfigDocument, ownerOf } from '../../render/document.ts';
import { adviceFor } from '../../translate/advice.ts';
import { serviceKey } from './attribute.ts';
import { findOffendingLabel } from './offending-label.ts';
import { withLocations } from './locate.ts';

/** Returns a note for each line of a label that HAProxy warns of. What the layout of the document brings is no matter of an app. */
export function warningNotes(doc: ConfigDocument, services: readonly Service[], warnings: readonly Alert[]): readonly Problem[] {
  const own = warnings.filter(({ line, message }) => line !== undefined && !LAYOUT.test(message)).slice(0, MOST);
  if (own.length === 0) return [];
  const byKey = new Map(services.map((service) => [serviceKey(service), service]));
  const found = new Map<string, Problem>();
  for (const [at, { text }] of withLocations(doc, own).entries()) {
    const { line = 0, message = '' } = own[at] ?? {};
    const owner = ownerOf(doc, line);
    const service = owner && byKey.get(serviceKey(owner));
    const label = service && findOffendingLabel(service, text, message);
    if (service === undefined || label === undefined) continue;
    const { app, backend, index } = service;
    const detail = `${label}: HAProxy warns of "${text}": ${message.replaceAll(/\s+/g, ' ').slice(0, 250)}`;
    const fix = REMEDIES.find(({ when }) => when.test(message))?.fix(`HAPROXY_${index}`) ?? adviceFor(text ?? '');
    // Of several servers the same line warns several times.
    found.set(`${backend} ${label} ${text}`, {
      code: 'haproxy-warning',
      app,
      service: backend,
      label,
      detail,
      ...(fix !== undefined && { fix }),
    });
  }
  return [...found.values()];
}

/** More would only fill the log. */
const MOST = 500;

/** The names and the order of marathon-lb 1.15: frontend and backend share a name, the rules of an app stand together. */
const LAYOUT = /has the same name as (?:front|back)end|rule placed after an? '[\w-]+' rule will still be processed before/;

/** Returns the advice for a warning of HAProxy; `label` is the beginning of the service's labels. */
const REMEDIES: readonly { readonly when: RegExp; readonly fix: (label: string) => string }[] = [
  {
    when: /'timeout (?:client|http-request|http-keep-alive)' will be ignored because backend/,
    fix: (label) =>
      `set it in ${label}_FRONTEND_HEAD, which counts on the service port; on the shared frontends the operator's template HAPROXY_HEAD sets it for all`,
  },
  {
    when: /'option (?:httplog|tcplog|httpslog)' directive is ignored in backends|'log-format' directive is ignored in backends/,
    fix: (label) =>
      `set it in ${label}_FRONTEND_HEAD, which counts on the service port; for the shared frontends the operator sets it in HAPROXY_HEAD or HAPROXY_HTTP_FRONTEND_HEAD`,
  },
  {
    when: /ignored because backend '[^']*' has no frontend capability/,
    fix: (label) => `move the line into ${label}_FRONTEND_HEAD, or take it away`,
  },
  {
    when: /ignored because frontend '[^']*' has no backend capability/,
    fix: (label) => `move the line into ${label}_BACKEND_HEAD, or take it away`,
  },
  {
    when: /no-sslv3\/no-tlsv1x are ignored/,
    fix: () => 'write ssl-min-ver TLSv1.2 in the place of all no-sslv3, no-tlsv1x and force-tlsv1x',
  },
];
