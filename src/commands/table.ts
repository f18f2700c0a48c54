import type { Command } from 'commander';

/** A word after `marathon-lb` that does something else than following Marathon. */
export interface Subcommand {
  /** What `--help` says. */
  readonly summary: string;
  /** Loads what the command needs, and nothing before: gives the function that puts it on the program. */
  load(): Promise<(program: Command, calls: Calls) => void>;
  readonly hidden?: true;
  /** Exit status of a usage error, if it is not 2. */
  readonly usageStatus?: number;
}

/** What a command tells whom. */
export interface Calls {
  /** Its exit status, at the end. */
  readonly end: (status: number) => void;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** All commands by name, in the order of the usage. */
export const commands: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  [
    'demo',
    {
      summary: 'show it at work: an embedded Marathon, HAProxy and the daemon in one terminal',
      load: async () => {
        const { demo } = await import('./demo/demo.ts');
        return (program, { end, out }) => {
          const command = program.command('demo').description('show it at work: an embedded Marathon, HAProxy and the daemon');
          command.action(async () => end(await demo(stopSignal(), out)));
        };
      },
    },
  ],
  [
    'simulate',
    {
      summary: 'start an embedded Marathon: to try things out, and for tests',
      load: async () => {
        const { addSimulateCommand, simulate } = await import('./simulate.ts');
        return (program, { end }) => addSimulateCommand(program, async (options) => end(await simulate(options, stopSignal())));
      },
    },
  ],
  [
    'explain',
    {
      summary: 'say why an app is served or not (explain app /shop), where a URL goes (explain url URL)',
      load: async () => {
        const [{ addExplainCommand, explain }, { thisWorld }] = await Promise.all([
          import('./explain.ts'),
          import('../config/machine.ts'),
        ]);
        return (program, { end, out, err }) =>
          addExplainCommand(program, async (question, raw) => {
            end(await explain(question, raw, thisWorld(), { out, err, signal: stopSignal() }));
          });
      },
    },
  ],
  [
    'zdd',
    {
      summary: 'deploy blue/green: replace an app without losing a request',
      load: async () => {
        const [{ addZddCommand, zdd }, { thisWorld }] = await Promise.all([import('./zdd.ts'), import('../config/machine.ts')]);
        return (program, { end, out }) => addZddCommand(program, async (raw) => end(await zdd(raw, thisWorld(), out)));
      },
      usageStatus: 3,
    },
  ],
  [
    'run',
    {
      summary: 'run HAProxy and keep it right: what the container does (run sse, run poll, run event ADDRESS:PORT)',
      load: async () => {
        passOverHangUps();
        const { addRunCommand, run } = await import('./run.ts');
        return (program, { end, out, err }) =>
          addRunCommand(program, async (request) => end(await run(request, { env: process.env, out, err })));
      },
    },
  ],
  [
    'history',
    {
      summary: 'show what was done and why',
      load: async () => {
        const [{ addHistoryCommand, history }, { thisWorld }] = await Promise.all([
          import('./history.ts'),
          import('../config/machine.ts'),
        ]);
        return (program, { end, out }) =>
          addHistoryCommand(program, async (options, raw) => {
            out(await history(options, raw, thisWorld()));
            end(0);
          });
      },
    },
  ],
  [
    'status',
    {
      summary: 'say what is wrong right now',
      load: async () => {
        const [{ addStatusCommand, status }, { thisWorld }] = await Promise.all([
          import('./status.ts'),
          import('../config/machine.ts'),
        ]);
        return (program, { end, out, err }) =>
          addStatusCommand(program, async (json, raw) => end(await status(json, raw, thisWorld(), { out, err })));
      },
    },
  ],
  [
    'reference',
    {
      summary: 'write the reference manual',
      load: async () => (await import('./reference.ts')).addReferenceCommand,
      hidden: true,
    },
  ],
]);

/** For the time until the engine takes SIGHUP, which would end the program: the first pass reads everything anyway. */
export function passOverHangUps(): void {
  process.on('SIGHUP', () => {});
}

/** Ends a command at the first Ctrl-C or TERM; the second one kills. A terminal that closes may say so several times. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  process.on('SIGHUP', () => stop.abort());
  return stop.signal;
}
