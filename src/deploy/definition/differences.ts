/** Finds the differences between two versions of an app that change how load balancers serve them. */
import { serviceRows } from '../../model/labels/from-rows.ts';
import type { HealthCheck, Workload } from '../../model/workload.ts';
import { label, servedPorts } from './labels.ts';

export interface Difference {
  /** `group`: which load balancers serve it; `address`: at which address; `check`: whether a task is UP; `option`: anything else. */
  readonly kind: 'group' | 'address' | 'check' | 'option';
  readonly what: string;
  readonly old: string;
  readonly fresh: string;
}

/** Compares what serves of two apps of a group; empty if both are served alike. */
export function differencesOf(old: Workload, fresh: Workload): readonly Difference[] {
  return [...labelDifferences(old, fresh), ...portDifferences(old, fresh), ...checkDifferences(old, fresh)];
}

/** Returns whether tasks of one version may be out of service under the definition of the other. */
export function breaksService(differences: readonly Difference[]): boolean {
  return differences.some(({ kind }) => kind !== 'option');
}

/** "HAPROXY_0_VHOST (a.test → b.test)". */
export function shownDifferences(differences: readonly Difference[]): string {
  return differences.map(({ what, old, fresh }) => `${what} (${old} → ${fresh})`).join(', ');
}

function labelDifferences(old: Workload, fresh: Workload): readonly Difference[] {
  const names = [...new Set([...Object.keys(old.labels), ...Object.keys(fresh.labels)])].filter(isServingLabel).sort();
  return names.flatMap((name) => {
    const [before, after] = [old.labels[name], fresh.labels[name]];
    if (before === after) return [];
    const show = isSecret(name) ? hidden : shown;
    return { kind: kindOf(name), what: name, old: show(before), fresh: show(after) };
  });
}

/** Labels of `zdd` itself always differ; service ports are compared as they are shown. */
function isServingLabel(name: string): boolean {
  const isOwn = name.startsWith('HAPROXY_DEPLOYMENT_') || name === label.appId || /^HAPROXY_\d+_PORT$/.test(name);
  return name.startsWith('HAPROXY_') && !isOwn;
}

/** Labels with passwords and keys. Their values are not shown: many people read the log of a deploy. */
function isSecret(name: string): boolean {
  const own = name.replace(/^HAPROXY_\d+_/, '');
  return own === 'USERLIST_HEAD' || serviceRows.get(own)?.isSecret === true;
}

const ADDRESS: ReadonlySet<string> = new Set(['VHOST', 'PATH', 'MODE', 'ENABLED', 'BIND_ADDR', 'BIND_OPTIONS']);

function kindOf(name: string): Difference['kind'] {
  const own = name.replace(/^HAPROXY_(?:\d+_)?/, '');
  if (own === 'GROUP') return 'group';
  if (own.includes('HEALTHCHECK')) return 'check';
  return ADDRESS.has(own) ? 'address' : 'option';
}

function portDifferences(old: Workload, fresh: Workload): readonly Difference[] {
  const found: Difference[] = [];
  const [was, is] = [backendsOf(old), backendsOf(fresh)];
  if (was !== is) found.push({ kind: 'address', what: 'backends', old: was, fresh: is });
  const [before, after] = [old.network, fresh.network];
  if (before !== after) found.push({ kind: 'address', what: 'networking mode', old: before, fresh: after });
  return found;
}

function backendsOf(app: Workload): string {
  return (
    servedPorts(app)
      .map(({ backend }) => backend)
      .join(' ') || 'none'
  );
}

function checkDifferences(old: Workload, fresh: Workload): readonly Difference[] {
  const count = Math.max(servedPorts(old).length, servedPorts(fresh).length);
  return Array.from({ length: count }, (_, index) => index).flatMap((index): readonly Difference[] => {
    const [before, after] = [checkOf(old, index), checkOf(fresh, index)];
    const what = `health check of service ${index}`;
    const [was, is] = [target(before), target(after)];
    if (was !== is) return [{ kind: 'check', what, old: was, fresh: is }];
    const [slow, fast] = [timing(before), timing(after)];
    return slow === fast ? [] : [{ kind: 'option', what: `times of the ${what}`, old: slow, fresh: fast }];
  });
}

/** As `healthCheckOf` of the model; a definition that Marathon has not seen yet lacks the index that Marathon adds. */
function checkOf({ healthChecks }: Workload, index: number): HealthCheck | undefined {
  return healthChecks?.find(({ port, portIndex = 0 }) => port !== undefined || portIndex === index);
}

/** "HTTP /health, port index 0". */
function target(check: HealthCheck | undefined): string {
  if (check === undefined) return 'none';
  const { protocol = 'HTTP', path, port, portIndex = 0 } = check;
  const where = port === undefined ? `port index ${portIndex}` : `port ${port}`;
  return `${protocol} ${path ?? (protocol.includes('HTTP') ? '/' : '')}`.trimEnd() + `, ${where}`;
}

function timing(check: HealthCheck | undefined): string {
  const { intervalSeconds = 60, timeoutSeconds = 20, maxConsecutiveFailures = 3 } = check ?? {};
  return `every ${intervalSeconds} s, ${timeoutSeconds} s, ${maxConsecutiveFailures} failures`;
}

function hidden(value: string | undefined): string {
  return value === undefined ? 'not set' : 'hidden';
}

function shown(value: string | undefined): string {
  if (value === undefined) return 'not set';
  const text = value.replaceAll('\n', '\\n');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
