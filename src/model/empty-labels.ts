/** Labels without a value where there is nothing to be done with none: as if they were not there, but said. */
import type { ServiceLabels } from './definition.ts';
import type { Problem } from './problem.ts';
import type { ServiceDefinition } from './service.ts';

/** Whether a label (without `HAPROXY_{n}_`) has no value that could count. */
export function isEmpty(name: string, text: string): boolean {
  return NAMES.has(name) && /^[\s,]*$/.test(text);
}

/** What is to be said of a service's labels without a value. */
export function emptyLabels({ app, index, backend }: ServiceDefinition, own: ServiceLabels): readonly Problem[] {
  const names = [...NAMES].filter((name) => isEmpty(name, own[name] ?? 'x'));
  return names.map((name) => {
    const label = `HAPROXY_${index}_${name}`;
    const detail = `${label} has no effect: it is empty`;
    return { code: 'label-useless', app, service: backend, label, detail, fix: `give ${label} a value, or take it away` };
  });
}

const NAMES: ReadonlySet<string> = new Set(['VHOST', 'PATH', 'BACKEND_NETWORK_ALLOWED_ACL']);
