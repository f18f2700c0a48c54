import type { Command } from 'commander';

/** A word after `marathon-lb` that does something else than following Marathon. */
export interface Subcommand {
  /** The text of `--help`. */
  readonly summary: string;
  /** Loads what the command needs, and nothing before: gives the function that puts it on the program. */
  load(): Promise<(program: Command, calls: Calls) => void | Promise<void>>;
  readonly hidden?: true;
  /** Exit status of a usage error, if it is not 2. */
  readonly usageStatus?: number;
}

/** The outputs of a command. */
export interface Calls {
  /** Its exit status, at the end. */
  readonly end: (status: number) => void;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** All commands by name, in the order of the usage. */
export const commands: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  [
    'run',
    {
      summary: 'run HAProxy and keep it right: what the container does (run sse, run poll, run event ADDRESS:PORT)',
      load: async () => {
        passOverHangUps();
        const { addRunCommand, run } = await import('./balance/run.ts');
        return (program, { end, out, err }) =>
          addRunCommand(program, async (request) => end(await run(request, { env: process.env, out, err })));
      },
    },
  ],
  [
    'status',
    {
      summary: 'say what is wrong right now',
      load: async () => {
        const [{ addStatusCommand, status }, { thisMachine }] = await Promise.all([
          import('./status.ts'),
          import('../config/machine.ts'),
        ]);
        return (program, { end, out, err }) =>
          addStatusCommand(program, async (asked, raw) =>
            end(await status(asked, raw, thisMachine(), { out, err, signal: stopSignal() })),
          );
      },
    },
  ],
  [
    'explain',
    {
      summary: 'say why an app is served or not (explain app /shop), where a URL goes (explain url URL)',
      load: async () => {
        const [{ addExplainCommand, explain }, { thisMachine }] = await Promise.all([
          import('./explain.ts'),
          import('../config/machine.ts'),
        ]);
        return (program, { end, out, err }) =>
          addExplainCommand(program, async (question, raw) => {
            end(await explain(question, raw, thisMachine(), { out, err, signal: stopSignal() }));
          });
      },
    },
  ],
  [
    'certificates',
    {
      summary: 'list certificates: hosts, source, end, and whether HAProxy serves them',
      load: async () => {
        const [{ addCertificatesCommand, certificates }, { thisMachine }] = await Promise.all([
          import('./certificates.ts'),
          import('../config/machine.ts'),
        ]);
        return (program, { end, out, err }) =>
          addCertificatesCommand(program, async (isJson, raw) =>
            end(await certificates(isJson, raw, thisMachine(), { out, err, signal: stopSignal() })),
          );
      },
    },
  ],
  [
    'history',
    {
      summary: 'show what was done and why',
      load: async () => {
        const [{ addHistoryCommand, history }, { thisMachine }] = await Promise.all([
          import('./history/history.ts'),
          import('../config/machine.ts'),
        ]);
        return (program, { end, out }) =>
          addHistoryCommand(program, async (options, raw) => {
            out(await history(options, raw, thisMachine(), stopSignal()));
            end(0);
          });
      },
    },
  ],
  [
    'zdd',
    {
      summary: 'deploy blue/green: replace an app without losing a request',
      load: async () => {
        const [{ addZddCommand, zdd }, { thisMachine }] = await Promise.all([import('./zdd.ts'), import('../config/machine.ts')]);
        return (program, { end, out }) => addZddCommand(program, async (raw) => end(await zdd(raw, thisMachine(), out)));
      },
      usageStatus: 3,
    },
  ],
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
    'completion',
    {
      summary: 'print what a shell needs to complete commands and options (completion bash, completion zsh)',
      load: async () => (await import('./completion.ts')).addCompletionCommand,
    },
  ],
  [
    'complete',
    {
      summary: 'answer the shell',
      load: async () => (await import('./completion.ts')).addCompletionCommand,
      hidden: true,
    },
  ],
  [
    'translate',
    {
      summary: "translate the labels of another load balancer's users (translate traefik APP.json)",
      load: async () => {
        const [{ addTranslateCommand, translate }, { thisMachine }] = await Promise.all([
          import('./translate.ts'),
          import('../config/machine.ts'),
        ]);
        return (program, { end, out, err }) =>
          addTranslateCommand(program, async (files, raw) => {
            end(await translate(files, raw, thisMachine(), { out, err, signal: stopSignal() }));
          });
      },
    },
  ],
  [
    'reference',
    {
      summary: 'write the reference manual',
      load: async () => (await import('./docs/reference.ts')).addReferenceCommand,
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
