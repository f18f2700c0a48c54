/** Names the app and the label at fault if a check fails and no service is left out for it. */
import type { Alert } from '../../haproxy/check/alerts.ts';
import type { Service } from '../../model/service.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { attributeAlerts, serviceKey } from './attribute.ts';
import { findOffendingLabel } from './offending-label.ts';
import { withLocations } from './locate.ts';

/** Puts the app, and the label if one is at fault, before the words of each alert about a document of these services. */
export function withOwners(doc: ConfigDocument, services: readonly Service[], alerts: readonly Alert[]): readonly Alert[] {
  const byKey = new Map(services.map((service) => [serviceKey(service), service]));
  return withLocations(doc, alerts).map((alert) => {
    const [service] = [...attributeAlerts(doc, [alert]).keys()].flatMap((key) => byKey.get(key) ?? []);
    if (service === undefined) return alert;
    const label = findOffendingLabel(service, alert.text, alert.message);
    return { ...alert, message: `app ${service.app}${label === undefined ? '' : `, label ${label}`}: ${alert.message}` };
  });
}
