import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadOptions {
  readonly port: number;
  /** Vhosts that are asked in turn. */
  readonly hosts: readonly string[];
  /** Clients that keep their connection, and as many that open one for each request. */
  readonly pairs: number;
  /** Default `/`. */
  readonly path?: string;
  /** Milliseconds a client rests after each answer. Default 0. */
  readonly pause?: number;
  /**
   * Whether a request on a used connection that was closed without an answer is sent once more, as real clients do: HAProxy closes
   * idle connections of old workers at a reload. Default: it is a failure.
   */
  readonly isRetried?: boolean;
}

export interface LoadResult {
  readonly requests: number;
  /** Requests that were sent once more on a fresh connection. */
  readonly retried: number;
  /** Milliseconds: the longest time in which no request was answered with 200. */
  readonly silence: number;
  /** Anything but 200: what it was, and how often. */
  readonly failures: ReadonlyMap<string, number>;
}

/** Clients that ask without end. */
export interface Load {
  /** Requests answered so far, or failed. */
  requests(): number;
  /** Ends them after their last answer. */
  stop(): Promise<LoadResult>;
}

/** Starts asking; half of the clients keep their connection. */
export function startLoad({ port, hosts, pairs, path = '/', pause = 0, isRetried = false }: LoadOptions): Load {
  const failures = new Map<string, number>();
  let requests = 0;
  let retried = 0;
  let silence = 0;
  let answered = performance.now();
  const over = new AbortController();

  const ask = async (agent: Agent | false, host: string): Promise<void> => {
    let failure = await failureOf(agent, port, path, host);
    if (failure?.isRetryable === true && isRetried) {
      retried += 1;
      failure = await failureOf(agent, port, path, host);
    }
    requests += 1;
    if (failure === undefined) {
      noteSilence();
      answered = performance.now();
      return;
    }
    const what = `${host}, ${agent === false ? 'new' : 'kept'} connection: ${failure.what}`;
    failures.set(what, (failures.get(what) ?? 0) + 1);
  };
  const noteSilence = (): void => void (silence = Math.max(silence, performance.now() - answered));
  const client = async (agent: Agent | false, first: number): Promise<void> => {
    for (let turn = first; !over.signal.aborted; turn += 1) {
      await ask(agent, hosts[turn % hosts.length] ?? '');
      if (pause > 0) await sleep(pause);
    }
    if (agent !== false) agent.destroy();
  };
  const clients = Array.from({ length: 2 * pairs }, (_, at) =>
    client(at % 2 === 0 ? new Agent({ keepAlive: true, maxSockets: 1 }) : false, at),
  );
  return {
    requests: () => requests,
    async stop() {
      over.abort();
      await Promise.all(clients);
      noteSilence();
      return { requests, retried, silence, failures };
    },
  };
}

interface Failure {
  readonly what: string;
  /** A used connection ended before the answer: the server may not have seen the request. */
  readonly isRetryable: boolean;
}

/** One request; undefined: it was answered with 200, to the end. */
function failureOf(agent: Agent | false, port: number, path: string, host: string): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path, agent, headers: { host, accept: 'text/plain' }, timeout: 10_000 });
    let isAnswered = false;
    sent.once('error', ({ message, code }: NodeJS.ErrnoException) =>
      resolve({ what: code ?? message, isRetryable: sent.reusedSocket && !isAnswered }),
    );
    sent.once('timeout', () => sent.destroy(new Error('no answer within 10 s')));
    sent.once('response', (response) => {
      isAnswered = true;
      response.resume();
      response.once('error', ({ message }) => resolve({ what: `answer broken off: ${message}`, isRetryable: false }));
      response.once('end', () =>
        resolve(response.statusCode === 200 ? undefined : { what: statusOf(response), isRetryable: false }),
      );
    });
    sent.end();
  });
}

function statusOf({ statusCode, headers }: IncomingMessage): string {
  return `status ${statusCode} of ${headers['x-sim-task'] === undefined ? 'HAProxy' : 'a task'}`;
}
