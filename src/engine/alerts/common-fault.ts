/** Names the option or template at fault if HAProxy rejects all services for one reason. */
import type { RenderSettings } from '../../config/settings.ts';
import type { Alert } from '../../haproxy/check/alerts.ts';
import type { Service } from '../../model/service.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { attributeAlerts, serviceKey } from './attribute.ts';
import { findOffendingLabel, templateWith } from './offending-label.ts';

/** Returns the option or the template of the operator that a line is from, in words; undefined if none is known. */
export type Origin = (line: string) => string | undefined;

export function createOrigin({ sslCerts, templates }: Pick<RenderSettings, 'sslCerts' | 'templates'>): Origin {
  return (line) => {
    const words = new Set(line.split(/\s+/));
    if (sslCerts.some((path) => words.has(path))) return 'option --ssl-certs';
    const name = templateWith({ templates }, line);
    return name === undefined ? undefined : `template HAPROXY_${name}`;
  };
}

/**
 * Returns the alerts about a document that no single app is to blame for. Those of labels are named with app and label; if HAProxy refuses
 * every service for the same reason it is one alert, which names the option or the template and no app.
 */
export function commonFault(
  doc: ConfigDocument,
  services: readonly Service[],
  alerts: readonly Alert[],
  origin: Origin,
): readonly Alert[] {
  const byKey = new Map(services.map((service) => [serviceKey(service), service]));
  const found = new Map<string, Alert>();
  for (const alert of alerts) {
    const [key] = attributeAlerts(doc, [alert]).keys();
    const service = key === undefined ? undefined : byKey.get(key);
    const label = service && findOffendingLabel(service, alert.text, alert.message);
    const from = alert.text === undefined ? undefined : origin(alert.text);
    if (service !== undefined && label !== undefined) {
      found.set(`${key} ${alert.message}`, { ...alert, message: `app ${service.app}, label ${label}: ${alert.message}` });
    } else if (service === undefined) {
      const isSaid = from === undefined || alert.message.includes(from.split(' ')[1] ?? from);
      found.set(alert.message, isSaid ? alert : { ...alert, message: `${from}: ${alert.message}` });
    } else if (from === undefined && services.length === 1) {
      found.set(alert.message, { ...alert, message: `app ${service.app}: ${alert.message}` });
    } else if (!found.has(EVERY)) {
      const whose = from ?? 'a template or an option';
      const message = `every service is refused for the same reason, which is no app's but that of this load balancer (${whose}), for example: ${alert.message}`;
      found.set(EVERY, { ...alert, message });
    }
  }
  return [...found.values()];
}

const EVERY = '';
