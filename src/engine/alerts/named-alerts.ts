/** For what HAProxy refuses where nobody is left out for it: whose it is. */
import type { Alert } from '../../haproxy/check/alerts.ts';
import type { Service } from '../../model/service.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { blame, serviceKey } from './attribute.ts';
import { labelAtFault } from './offending-label.ts';
import { withPlaces } from './locate.ts';

/** The alerts about a document of these services with the app, and the label where one is at fault, before their words. */
export function namedAlerts(doc: ConfigDocument, services: readonly Service[], alerts: readonly Alert[]): readonly Alert[] {
  const byKey = new Map(services.map((service) => [serviceKey(service), service]));
  return withPlaces(doc, alerts).map((alert) => {
    const [service] = [...blame(doc, [alert]).keys()].flatMap((key) => byKey.get(key) ?? []);
    if (service === undefined) return alert;
    const label = labelAtFault(service, alert.text, alert.message);
    return { ...alert, message: `app ${service.app}${label === undefined ? '' : `, label ${label}`}: ${alert.message}` };
  });
}
