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

/** The closed set of codes; nobody matches on `detail`. */
export type ProblemCode =
  | 'app-unreadable'
  | 'label-malformed'
  /** No such label, or no such service port. */
  | 'label-unknown'
  /** A label that has no effect beside the others. */
  | 'label-useless'
  /** MODE and VHOST contradict each other. */
  | 'mode-conflict'
  /** Another service, or the program itself, has the port. */
  | 'port-conflict'
  /** Another service has the same host and path. */
  | 'vhost-conflict'
  /** An app and a deployment group, or two groups, have one id. */
  | 'id-conflict'
  | 'template-malformed'
  | 'deployment-group'
  | 'name-conflict'
  | 'no-service-port'
  | 'task-unreadable'
  | 'task-without-address'
  | 'task-without-ports'
  | 'haproxy-rejected';
