/** An app's mistake, or something about one app that could not be done: a value that is logged, counted and shown, never thrown. */
export interface Problem {
  readonly code: ProblemCode;
  /** App id, with its leading slash. */
  readonly app: string;
  /** Backend name of the service, where the problem is that of one service. */
  readonly service?: string | undefined;
  /** The label, or the field of the app definition, that is to be mended. */
  readonly label?: string | undefined;
  /** What is wrong: one sentence without its full stop, no line end. Says how to mend it where there is no `fix`. */
  readonly detail: string;
  /** How to mend it, as an order: "set HAPROXY_0_PORT to a free port". */
  readonly fix?: string | undefined;
}

/**
 * The closed set of codes and how serious each is. A `problem` costs somebody something: a service, a label, a request. A `note` says what
 * was done with a label, or that one has no effect: nothing is worse for it, and it is not counted as a problem.
 */
const SEVERITIES = {
  'app-unreadable': 'problem',
  'label-malformed': 'problem',
  /** No such label, or no such service port. */
  'label-unknown': 'problem',
  /** A label that has no effect beside the others. */
  'label-useless': 'note',
  /** A way to a service with AUTH that asks for no password. */
  'auth-open': 'problem',
  /** A template label that chooses by SNI on a frontend that offers HTTP/2. */
  'https-by-sni': 'problem',
  /** MODE and VHOST contradict each other. */
  'mode-conflict': 'problem',
  /** Another service, or the program itself, has the port. */
  'port-conflict': 'problem',
  /** Another service has the same host and path. */
  'vhost-conflict': 'problem',
  /** An app and a deployment group, or two groups, have one id. */
  'id-conflict': 'problem',
  'template-malformed': 'problem',
  /** Words that HAProxy gave up were translated. */
  'label-translated': 'note',
  /** HAProxy warns of a line that a label made. */
  'haproxy-warning': 'note',
  'deployment-group': 'problem',
  'name-conflict': 'problem',
  'no-service-port': 'problem',
  'task-unreadable': 'problem',
  'task-without-address': 'problem',
  'task-without-ports': 'problem',
  'haproxy-rejected': 'problem',
  /** A value of a label that was read otherwise than it is written. */
  'label-adjusted': 'note',
  /** More labels of one app are wrong than are listed. */
  'more-labels': 'problem',
  /** A service port that is UDP only. */
  'udp-port': 'problem',
  /** A rule that no request reaches, as one before it covers it. */
  'rule-unreachable': 'problem',
  /** A raw template that the operator's `--label-policy` takes away. */
  'policy-denied': 'problem',
} as const satisfies Record<string, 'problem' | 'note'>;

/** Nobody matches on `detail`. */
export type ProblemCode = keyof typeof SEVERITIES;

/** Whether it only tells, and costs nobody anything. */
export function isNote({ code }: Pick<Problem, 'code'>): boolean {
  return SEVERITIES[code] === 'note';
}

/** Whether it is one of the codes: of a file that another version wrote it may be none. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(SEVERITIES, code);
}
