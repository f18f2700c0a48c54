/** An app's mistake, or something about one app that could not be done: a value that is logged, counted and shown, never thrown. */
export interface Problem {
  readonly code: ProblemCode;
  /** App id, with its leading slash. */
  readonly app: string;
  /** Backend name of the service, where the problem is that of one service. */
  readonly service?: string | undefined;
  /** The label, or the field of the app definition, that is to be mended. */
  readonly label?: string | undefined;
  /** What is wrong and how to mend it: one sentence, no line end. */
  readonly detail: string;
}

/** The closed set of codes; nobody matches on `detail`. */
export type ProblemCode =
  | 'app-unreadable'
  | 'label-malformed'
  | 'template-malformed'
  | 'deployment-group'
  | 'name-conflict'
  | 'no-service-port'
  | 'task-without-address'
  | 'task-without-ports'
  | 'haproxy-rejected';
