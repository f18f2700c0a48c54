/** Why an app is served as it is, or not at all. */
import type { ModelSettings } from '../../config/settings.ts';
import { readHosts } from '../../model/conflicts/claimed-hosts.ts';
import { nearest } from '../../lib/text/did-you-mean.ts';
import { networkMode, servicePorts } from '../../model/tasks/network.ts';
import type { Problem } from '../../model/problem.ts';
import { deploymentGroup } from '../../model/groups/deployment-groups.ts';
import type { Service } from '../../model/service.ts';
import type { App } from '../../model/snapshot.ts';
import { unknownLabels } from '../../model/lint/unknown-labels.ts';
import { reasonOf, unreachableRules } from '../../model/lint/unreachable-rules.ts';
import { type Decision, findApp } from '../decision.ts';
import { serviceReasons } from './service-reasons.ts';
import { traitsOf } from './traits.ts';
import { tasksReason } from './task-reasons.ts';

export interface AppExplanation {
  readonly app: string;
  /** Whether any of its services is. */
  readonly served: boolean;
  /** What there is to say of the app as a whole. */
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
  /** What is done with them. */
  readonly traits: readonly string[];
  readonly servers: readonly string[];
}

export function explainApp(decision: Decision, id: string): AppExplanation {
  const app = findApp(decision, id);
  if (app === undefined) return unknownApp(decision, id);
  const { snapshot } = decision;
  const group = deploymentGroup(app);
  const served = group ?? app.id;
  const notes =
    group === undefined
      ? []
      : [`it is served as ${group}, with the other side of its deployment group (HAPROXY_DEPLOYMENT_GROUP)`];
  const problems = decision.problems.filter((problem) => problem.app === served || problem.app === app.id);
  const services = decision.services.filter((service) => service.app === served);
  const ports = servicePorts(app, networkMode(app));
  if (ports.length === 0 && services.length === 0) notes.push('it has no service port: it needs portDefinitions or portMappings');
  const members = snapshot.apps.filter((each) => group !== undefined && deploymentGroup(each) === group);
  const indices = new Set([...ports.keys(), ...services.map(({ index }) => index)]);
  const whole: App = { ...app, tasks: members.length > 0 ? members.flatMap(({ tasks }) => tasks) : app.tasks };
  return {
    app: app.id,
    served: services.length > 0,
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

function unknownApp({ snapshot, problems }: Decision, id: string): AppExplanation {
  const whole = id.startsWith('/') ? id : `/${id}`;
  const own = problems.filter(({ app }) => app === whole);
  const members = snapshot.apps.filter((app) => deploymentGroup(app) === whole).map((app) => app.id);
  const similar = nearest(
    whole,
    snapshot.apps.map((app) => app.id),
  );
  const note =
    members.length > 0
      ? `it is a deployment group: ask for ${members.join(' or ')}`
      : own.length > 0
        ? 'Marathon has it, but it could not be read'
        : `Marathon has no such app, or it is the load balancer itself (FRAMEWORK_NAME)${similar === undefined ? '' : `; did you mean ${similar}?`}`;
  return { app: whole, served: false, notes: [note], services: [], problems: own };
}

function servedService(service: Service, app: App, { snapshot, settings, services }: Decision): ServiceExplanation {
  const { index, servicePort, servers } = service;
  const left = tasksReason({ app, index, snapshot, settings });
  return {
    index,
    port: servicePort,
    served: true,
    reasons: left === '' ? [] : [`tasks without traffic: ${left}`],
    routes: routesOf(service, services, settings),
    traits: [...traitsOf(service), ...unknownTraits(app, index)],
    servers: servers.map(({ ip, port, host, taskId, draining }) => {
      const address = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
      return `${address}${host === ip ? '' : ` (${host})`} task ${taskId}${draining ? ', draining' : ''}`;
    }),
  };
}

function lostService(
  app: App,
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
  const { servicePort, bindAddr, vhosts, path, weight, lostPort, redirectToHttps, mode, app } = service;
  const routes = [lostPort ? `not port ${servicePort}: another service has it` : `port ${servicePort} of ${bindAddr}`];
  const where = path === undefined ? '' : `, paths that begin with ${path}`;
  const taken = unreachableRules(services, settings).get(service);
  for (const vhost of vhosts) {
    const rivals = services.filter((each) => each !== service && isClaimedAlike(each, service, vhost));
    const [before] = inOrder(rivals.filter((each) => isBefore(each, service, services)));
    if (before !== undefined) {
      routes.push(`not host ${vhost}${where}: ${nameOf(before, app)} claims it too and gets it, as its claim is older`);
      continue;
    }
    const winner = readHosts(vhost).flatMap((host) => taken?.get(host) ?? [])[0];
    if (winner !== undefined) {
      routes.push(`not host ${vhost}${where}: ${nameOf(winner, app)} gets it, as ${reasonOf(winner, service)}`);
      continue;
    }
    const [rival] = rivals;
    const age =
      rival === undefined ? '' : `, claimed by ${nameOf(rival, app)} too and led here, as the claim of this one is older`;
    routes.push(`host ${vhost}${where} (weight ${weight}${age}${redirectToHttps ? ', http redirects to https' : ''})`);
  }
  if (mode === 'http') routes.push(`header X-Marathon-App-Id: ${app} (first service of the app)`);
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

/** As in `model/conflicts/claims`: of rules of different weight the heavier is meant to win. */
function isClaimedAlike(one: Service, other: Service, vhost: string): boolean {
  return one.vhosts.includes(vhost) && one.path === other.path && one.weight === other.weight;
}

function nameOf({ app, index }: Service, from: string): string {
  return app === from ? `service ${index} of the same app` : app;
}

/** Labels of the service that are misspelt look like templates to the model. */
function unknownTraits(app: App, index: number): string[] {
  const unknown = unknownLabels(app, Infinity).filter(
    ({ code, label }) => code === 'label-unknown' && label?.startsWith(`HAPROXY_${index}_`),
  );
  return unknown.length === 0 ? [] : [`unknown labels, without effect: ${unknown.map(({ label }) => label).join(', ')}`];
}
