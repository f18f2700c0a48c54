import type { MessageRow } from '../lib/message-row.ts';

/** An app's mistake, or something about one app that could not be done: a value that is logged, counted and shown, never thrown. */
export interface Problem {
  readonly code: ProblemCode;
  /** App id, with its leading slash. */
  readonly app: string;
  /** Backend name of the service, if the problem belongs to one service. */
  readonly service?: string | undefined;
  /** The label, or the field of the app definition, to fix. */
  readonly label?: string | undefined;
  /** What is wrong: one sentence without its full stop, no line end. Says how to fix it if there is no `fix`. */
  readonly detail: string;
  /** How to fix it, as an order: "set HAPROXY_0_PORT to a free port". */
  readonly fix?: string | undefined;
  /** The prefix of the policy's rule that keeps a service, or the whole app, out (`--policy`). */
  readonly rule?: string | undefined;
}

/**
 * The closed set of codes. A `problem` costs somebody something: a service, a label, a request. A `note` reports what was done with a label, or
 * that one has no effect: nothing is worse for it, and it is not counted as a problem.
 */
export const problemRows = {
  'app-unreadable': {
    severity: 'problem',
    meaning: "Marathon's definition of the app cannot be read, or Marathon lists the app twice; the app is left out",
    advice: 'Correct the field that the message names and deploy the app again',
  },
  'label-malformed': {
    severity: 'problem',
    meaning:
      'The value of a label cannot be used. The service goes on with its last good definition; without one, it is left out, or served without the label',
    advice: 'Correct the value; the message says what it must be',
  },
  'label-unknown': {
    severity: 'problem',
    meaning: 'There is no such label, or the app has no service port with this index; the label has no effect',
    advice: 'Correct the name, or remove the label; the message gives the nearest name',
  },
  'label-useless': {
    severity: 'note',
    meaning: 'The label has no effect beside the other labels of the service',
    advice: 'Remove it, or set the label that it needs',
  },
  'auth-open': {
    severity: 'problem',
    meaning: 'A service with HAPROXY_{n}_AUTH can be reached without a password: on its service port, or by its app id',
    advice: 'Start the load balancer with --auth-scope all, or keep clients away from these ports',
  },
  'https-by-sni': {
    severity: 'problem',
    meaning:
      'A template label chooses the backend by SNI (ssl_fc_sni) on a frontend that offers HTTP/2. Browsers reuse an HTTP/2 connection for several hosts, so a request can reach the wrong service',
    advice: 'Choose by req.hdr(host) in the template',
  },
  'mode-conflict': {
    severity: 'problem',
    meaning: 'The service has host names but is of mode tcp; the shared frontends speak HTTP and do not lead to it',
    advice: 'Set HAPROXY_{n}_MODE to http, or remove HAPROXY_{n}_VHOST',
  },
  'port-conflict': {
    severity: 'problem',
    meaning:
      'Another service or the load balancer itself already uses the service port, or HAPROXY_{n}_BIND_ADDR names too many ports',
    advice: 'Choose a free port with HAPROXY_{n}_PORT, or bind fewer addresses with HAPROXY_{n}_BIND_ADDR',
  },
  'vhost-conflict': {
    severity: 'problem',
    meaning: 'Another service already has the same host and path, or settings of one host contradict each other',
    advice: 'Choose another host or path, or let HAPROXY_{n}_BACKEND_WEIGHT decide',
  },
  'id-conflict': {
    severity: 'problem',
    meaning: 'An app and a deployment group have one id; the service with the younger definition is left out',
    advice: 'Give the deployment group a name that no app has',
  },
  'template-malformed': {
    severity: 'problem',
    meaning:
      'A template label cannot be filled in, or leads to a backend of the load balancer itself; the default template takes its place',
    advice: 'Correct the placeholder or the line that the message names',
  },
  'label-translated': {
    severity: 'note',
    meaning: 'HAProxy no longer accepts a directive in the label; it was written in its modern form',
    advice: 'Use the new line that the message shows; --no-translate turns this off',
  },
  'haproxy-warning': {
    severity: 'note',
    meaning: 'HAProxy accepts the configuration but warns about a line that comes from a label',
    advice: 'Correct the label before a later version of HAProxy rejects it',
  },
  'deployment-group': {
    severity: 'problem',
    meaning: 'A label of a deployment group (blue and green) is malformed, or the app does not belong to the group that it names',
    advice: 'Correct the label, or give the app another group; marathon-lb zdd sets these labels itself',
  },
  'name-conflict': {
    severity: 'problem',
    meaning: 'Two services get the same name in the configuration; one of them is left out',
    advice: 'Give one of them another port with HAPROXY_{n}_PORT, or rename the app',
  },
  'no-service-port': {
    severity: 'problem',
    meaning: 'The range of ports for tasks with an address of their own has no free port; the app is left out',
    advice: 'Widen --min-serv-port-ip-per-task and --max-serv-port-ip-per-task',
  },
  'task-unreadable': {
    severity: 'problem',
    meaning: "Marathon's description of a task cannot be read; the task gets no traffic",
    advice: 'Look at the task in Marathon; kill it if it does not change',
  },
  'task-without-address': {
    severity: 'problem',
    meaning: 'A task has no IP address yet, or its host name does not resolve; the task gets no traffic',
    advice: 'Wait, or check the DNS server of the load balancer',
  },
  'task-without-ports': {
    severity: 'problem',
    meaning: 'A task has no ports; it gets no traffic',
    advice: 'Give the app a port, or remove it from HAPROXY_GROUP',
  },
  'haproxy-rejected': {
    severity: 'problem',
    meaning:
      'HAProxy rejects the configuration because of this service, or cannot listen on its port. The service goes on with its last good definition; without one, it is left out',
    advice: 'Correct the label that the message quotes, or choose another port if another program has it',
  },
  'label-adjusted': {
    severity: 'note',
    meaning: 'The value of a label was read differently from how it is written, as 1.15 read it',
    advice: 'Write the value as the message shows it',
  },
  'more-labels': {
    severity: 'problem',
    meaning: 'The app has more wrong labels than the messages list',
    advice: 'Correct those that are listed first; the others follow',
  },
  'udp-port': {
    severity: 'problem',
    meaning: 'The service port is UDP only, which HAProxy does not balance; the port is left out',
    advice: 'Give the port the protocol tcp, or let clients find the tasks in another way',
  },
  'rule-unreachable': {
    severity: 'problem',
    meaning: 'No request reaches a rule of the service, as an earlier rule takes them all',
    advice: 'Change the host, the path or HAPROXY_{n}_BACKEND_WEIGHT; marathon-lb explain url shows both rules',
  },
  'canary-unused': {
    severity: 'problem',
    meaning: 'A service with CANARY_OF gets none of the requests of the other service, or fewer than it says',
    advice: 'Correct the label; the message says what keeps the requests away',
  },
  'cache-unused': {
    severity: 'problem',
    meaning: 'The caches of all services would need more memory than --cache-memory; the service is served without one',
    advice: 'Give the cache a smaller size in HAPROXY_{n}_CACHE, or start the load balancer with a larger --cache-memory',
  },
  'default-app-unserved': {
    severity: 'problem',
    meaning: 'The app of --default-app is not served, or speaks no HTTP: requests that belong to no service get 503',
    advice: 'Deploy the app, or start the load balancer with another --default-app',
  },
  'certificate-other-host': {
    severity: 'note',
    meaning: 'A host is served with a certificate that does not name it, as HAPROXY_{n}_CERT says',
    advice: 'Name a certificate that has the host, unless its clients do not look',
  },
  'certificate-order': {
    severity: 'problem',
    meaning:
      'No certificate can be ordered for a host, or the last order failed; what is served stays, and an order that failed is tried again at the time that the message names',
    advice: 'Correct what the message names: the host, its DNS record, or --acme-domains',
  },
  'policy-denied': {
    severity: 'problem',
    meaning:
      'A rule of the policy (--policy) does not allow what an app asks for; the service, or the app, is not served. Or --label-policy, --raw-templates or a rule denies a template label; the default template takes its place',
    advice: 'Use what the policy allows, which the message names, or ask the operator',
  },
} as const satisfies Record<string, MessageRow & { readonly severity: 'problem' | 'note' }>;

/** Nobody matches on `detail`. */
export type ProblemCode = keyof typeof problemRows;

/** Returns whether it is a note, which costs no service anything. */
export function isNote({ code }: Pick<Problem, 'code'>): boolean {
  return problemRows[code].severity === 'note';
}

/** Whether it is one of the codes: of a file that another version wrote it may be none. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemRows, code);
}
