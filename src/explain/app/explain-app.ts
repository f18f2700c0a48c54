/** Why an app is served as it is, or not at all. */
import type { ModelSettings } from '../../config/settings.ts';
import { isSameClaim, readHosts } from '../../model/conflicts/claimed-hosts.ts';
import { describeRequests } from '../../model/conflicts/describe-requests.ts';
import { isDefaultApp } from '../../model/default-app.ts';
import { whyFirst } from '../../model/conflicts/holders.ts';
import { claimedBy } from '../../model/conflicts/host-conflicts.ts';
import { nearest } from '../../lib/text/did-you-mean.ts';
import type { Problem } from '../../model/problem.ts';
import { deploymentGroup } from '../../model/groups/deployment-groups.ts';
import { describeRule, ruleFor } from '../../model/policy/rules/policy.ts';
import type { Service } from '../../model/service.ts';
import type { Workload } from '../../model/workload.ts';
import { unknownLabels } from '../../model/lint/unknown-labels.ts';
import { reasonOf, unreachableRules } from '../../model/lint/unreachable-rules.ts';
import { allHosts, ANY_HOST } from '../../model/values/network/host-patterns.ts';
import { type Decision, findApp } from '../decision.ts';
import { serviceReasons } from './service-reasons.ts';
import { canaryTraits } from './canary-traits.ts';
import { traitsOf } from './traits.ts';
import { idleTasks } from './idle-tasks.ts';

export interface AppExplanation {
  readonly app: string;
  /** Whether any of its services is. */
  readonly served: boolean;
  /** Why HAProxy does not run what was decided, though it would serve the app; undefined: it does. */
  readonly notLive?: string | undefined;
  /** Sentences about the app as a whole. */
  readonly notes: readonly string[];
  readonly services: readonly ServiceExplanation[];
  /** Everything that is wrong with it, also what costs nothing. */
  readonly problems: readonly Problem[];
}

export interface ServiceExplanation {
  readonly index: number;
  /** Undefined if it is not known. */
  readonly port: number | undefined;
  readonly served: boolean;
  /** Why it is not served; tasks of it that are not, and why. */
  readonly reasons: readonly string[];
  /** Where requests for it come in. */
  readonly routes: readonly string[];
  /** The effects of labels on them. */
  readonly traits: readonly string[];
  readonly servers: readonly string[];
}

export function explainApp(decision: Decision, id: string): AppExplanation {
  const app = findApp(decision, id);
  if (app === undefined) return unknownApp(decision, id);
  const { snapshot } = decision;
  const isKeptOut = decision.problems.some((problem) => problem.app === app.id && isOfGroup(problem));
  const group = isKeptOut ? undefined : deploymentGroup(app);
  const served = group ?? app.id;
  const notes = policyNotes(app, decision);
  if (group !== undefined)
    notes.push(`it is served as ${group}, with the other side of its deployment group (HAPROXY_DEPLOYMENT_GROUP)`);
  const problems = decision.problems.filter((problem) => problem.app === served || problem.app === app.id);
  const services = decision.services.filter((service) => service.app === served);
  const ports = app.servicePorts;
  if (ports.length === 0 && services.length === 0) notes.push('it has no service port: it needs portDefinitions or portMappings');
  const members = snapshot.workloads.filter((each) => group !== undefined && deploymentGroup(each) === group);
  const indices = new Set([...ports.keys(), ...services.map(({ index }) => index)]);
  const whole: Workload = { ...app, tasks: members.length > 0 ? members.flatMap(({ tasks }) => tasks) : app.tasks };
  return {
    app: app.id,
    served: services.length > 0 && decision.notLive === undefined,
    notLive: services.length > 0 ? decision.notLive : undefined,
    notes,
    services: [...indices]
      .toSorted((a, b) => a - b)
      .map((index) => {
        const service = services.find((each) => each.index === index);
        return service ? servedService(service, whole, decision) : lostService(whole, index, ports[index], problems, decision);
      }),
    problems,
  };
}

/** Returns whether the policy keeps an app out for the deployment group that it names. */
function isOfGroup({ rule, label }: Problem): boolean {
  return rule !== undefined && label === 'HAPROXY_DEPLOYMENT_GROUP';
}

/** Returns which rule of the policy counts for an app, and what it says. */
function policyNotes(app: Workload, { settings: { policy } }: Decision): string[] {
  if (policy === undefined) return [];
  const rule = ruleFor(policy, app.id);
  if (rule === undefined) return [`no rule of the policy counts for it (${policy.file}): it may do what every app may`];
  return [`the rule for ${rule.prefix} of the policy counts for it (${policy.file}): ${describeRule(rule)}`];
}

function unknownApp({ snapshot, problems }: Decision, id: string): AppExplanation {
  const whole = id.startsWith('/') ? id : `/${id}`;
  const own = problems.filter(({ app }) => app === whole);
  const members = snapshot.workloads.filter((app) => deploymentGroup(app) === whole).map((app) => app.id);
  const similar = nearest(
    whole,
    snapshot.workloads.map((app) => app.id),
  );
  const note =
    members.length > 0
      ? `it is a deployment group: ask for ${members.join(' or ')}`
      : own.length > 0
        ? 'Marathon has it, but it could not be read'
        : `Marathon has no such app, or it is the load balancer itself (FRAMEWORK_NAME)${similar === undefined ? '' : `; did you mean ${similar}?`}`;
  return { app: whole, served: false, notes: [note], services: [], problems: own };
}

function servedService(service: Service, app: Workload, { snapshot, settings, services }: Decision): ServiceExplanation {
  const { index, servicePort, servers } = service;
  const idle = idleTasks({ app, index, snapshot, settings });
  return {
    index,
    port: servicePort,
    served: true,
    reasons: idle.count === 0 ? [] : [`tasks without traffic: ${idle.text}`],
    routes: routesOf(service, services, settings),
    traits: [...traitsOf(service), ...canaryTraits(service, services, settings), ...unknownTraits(app, index)],
    servers: servers.map(({ ip, port, host, taskId, draining }) => {
      const address = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
      return `${address}${host === ip ? '' : ` (${host})`} task ${taskId}${draining ? ', draining' : ''}`;
    }),
  };
}

function lostService(
  app: Workload,
  index: number,
  port: number | undefined,
  problems: readonly Problem[],
  { settings, snapshot }: Decision,
): ServiceExplanation {
  const reasons = serviceReasons({ app, index, settings, snapshot, problems });
  const none = ['no reason is known: look into the log and marathon-lb history'];
  return { index, port, served: false, reasons: reasons.length > 0 ? reasons : none, routes: [], traits: [], servers: [] };
}

function routesOf(service: Service, services: readonly Service[], settings: ModelSettings): string[] {
  const { servicePort, bindAddr, path, weight, lostPort, redirectToHttps, app } = service;
  const routes = [lostPort ? `not port ${servicePort}: another service has it` : `port ${servicePort} of ${bindAddr}`];
  const where = path === undefined && service.match === undefined ? '' : `, ${describeRequests(service)}`;
  const taken = unreachableRules(services, settings).get(service);
  for (const vhost of allHosts(service)) {
    const name = service.tlsPassthrough
      ? `TLS connections for ${vhost} on the HTTPS port`
      : vhost === ANY_HOST
        ? 'any host that no other rule takes'
        : `host ${vhost}`;
    const rivals = services.filter((each) => each !== service && isClaimedAlike(each, service, vhost));
    const [before] = inOrder(rivals.filter((each) => isBefore(each, service, services)));
    if (before !== undefined) {
      routes.push(`not ${name}${where}: it ${claimedBy(before, service)}`);
      continue;
    }
    const winner = readHosts(vhost).flatMap((host) => taken?.get(host) ?? [])[0];
    if (winner !== undefined) {
      routes.push(`not ${name}${where}: ${nameOf(winner, app)} gets it, as ${reasonOf(winner, service)}`);
      continue;
    }
    const [rival] = rivals;
    const age =
      rival === undefined ? '' : `, claimed by ${nameOf(rival, app)} too, and leads to this one, ${whyFirst(service, rival)}`;
    routes.push(`${name}${where} (weight ${weight}${age}${redirectToHttps ? ', http redirects to https' : ''})`);
  }
  if (isDefaultApp(service, settings.defaultApp) && service.mode === 'http')
    routes.push('all requests on the shared frontends that belong to no service (--default-app)');
  const first = services.find((each) => each.app === app && each.mode === 'http');
  if (service === first) routes.push(`header X-Marathon-App-Id: ${app} (first service of the app)`);
  return routes;
}

/** Returns whether the rules of one service come before those of another of the same weight. */
function isBefore(one: Service, other: Service, services: readonly Service[]): boolean {
  if (one.contested !== undefined && other.contested !== undefined) return one.contested < other.contested;
  return services.indexOf(one) < services.indexOf(other);
}

function inOrder(services: readonly Service[]): readonly Service[] {
  return services.toSorted((a, b) => (a.contested ?? 0) - (b.contested ?? 0));
}

/** As in `model/conflicts/claims`: the rule with the higher weight should win. */
function isClaimedAlike(one: Service, other: Service, vhost: string): boolean {
  return allHosts(one).includes(vhost) && isSameClaim(one, other) && one.weight === other.weight;
}

function nameOf({ app, index }: Service, from: string): string {
  return app === from ? `service ${index} of the same app` : app;
}

/** Labels of the service that are misspelt look like templates to the model. */
function unknownTraits(app: Workload, index: number): string[] {
  const unknown = unknownLabels(app, Infinity).filter(
    ({ code, label }) => code === 'label-unknown' && label?.startsWith(`HAPROXY_${index}_`),
  );
  return unknown.length === 0 ? [] : [`unknown labels, without effect: ${unknown.map(({ label }) => label).join(', ')}`];
}
