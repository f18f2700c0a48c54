import { Command, CommanderError } from 'commander';
import { addOptions } from './config/command.ts';
import { UsageError } from './config/usage-error.ts';
import { version } from './config/version.ts';

/** Where the program's own words go, and what it was started with: parameters for tests. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
}

/**
 * Runs the command line `argv` (without node and script) and returns the exit status: 2 for usage errors, whose message is on stderr. What
 * a command needs is imported only when it is called, so that `--help` starts at once.
 */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  let status = 0;
  const name = argv[0] ?? '';
  try {
    const command = commands.get(name);
    if (command) {
      const end = (code: number): void => {
        status = code;
      };
      (await command.load())(
        program,
        end,
        (text) => terminal.out(text),
        (text) => terminal.err(text),
      );
    } else {
      if (/^[a-z]/i.test(name)) throw new UsageError(`unknown command '${name}'${known()}`);
      addOptions(program);
      program.action(async (raw: Record<string, unknown>) => {
        status = await direct(raw, terminal);
      });
    }
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    const command = commands.get(name);
    const status = report(error, terminal, command ? `marathon-lb ${name}` : 'marathon-lb');
    return status === 0 ? 0 : (command?.usageStatus ?? status);
  }
}

interface Subcommand {
  readonly summary: string;
  /** Gives the function that puts the subcommand on the program; its action tells `end` the exit status. */
  load(): Promise<(program: Command, end: (status: number) => void, out: Print, err: Print) => void>;
  readonly hidden?: true;
  /** Exit status of a usage error, where it is not 2. */
  readonly usageStatus?: number;
}

type Print = (text: string) => void;

const commands: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  [
    'demo',
    {
      summary: 'show it at work: an embedded Marathon, HAProxy and the daemon in one terminal',
      load: async () => {
        const { demo } = await import('./commands/demo.ts');
        return (program, end, out) => {
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
        const { addSimulateCommand, simulate } = await import('./commands/simulate.ts');
        return (program, end) => addSimulateCommand(program, async (options) => end(await simulate(options, stopSignal())));
      },
    },
  ],
  [
    'explain',
    {
      summary: 'say why an app is served or not (explain app /shop), where a URL goes (explain url URL)',
      load: async () => {
        const [{ addExplainCommand, explain }, { thisWorld }] = await Promise.all([
          import('./commands/explain.ts'),
          import('./config/world.ts'),
        ]);
        return (program, end, out, err) =>
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
        const [{ addZddCommand, zdd }, { thisWorld }] = await Promise.all([
          import('./commands/zdd.ts'),
          import('./config/world.ts'),
        ]);
        return (program, end, out) => addZddCommand(program, async (raw) => end(await zdd(raw, thisWorld(), out)));
      },
      usageStatus: 3,
    },
  ],
  [
    'run',
    {
      summary: 'run HAProxy and keep it right: what the container does (run sse, run poll, run event ADDRESS:PORT)',
      load: async () => {
        // It would end the container until the engine takes it; the first pass reads everything anyway.
        process.on('SIGHUP', () => {});
        const { addRunCommand, run } = await import('./commands/run.ts');
        return (program, end, out, err) =>
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
          import('./commands/history.ts'),
          import('./config/world.ts'),
        ]);
        return (program, end, out) =>
          addHistoryCommand(program, async (options, raw) => {
            out(await history(options, raw, thisWorld()));
            end(0);
          });
      },
    },
  ],
  [
    'reference',
    {
      summary: 'write the reference manual',
      load: async () => (await import('./commands/reference.ts')).addReferenceCommand,
      hidden: true,
    },
  ],
]);

/** Ends a command at the first Ctrl-C or TERM; the second one kills. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

function known(): string {
  const names = [...commands].flatMap(([name, { hidden }]) => (hidden ? [] : name));
  return names.length === 0 ? '' : `; commands are ${names.join(', ')}`;
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('marathon-lb');
  const list = [...commands]
    .filter(([, { hidden }]) => !hidden)
    .map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}\n`);
  return program
    .usage('[options] | marathon-lb COMMAND [options]')
    .description('Load balancing for Mesos Marathon with HAProxy.')
    .version(version(), '--version', 'print the version and exit')
    .helpOption('-h, --help', 'print the usage and exit')
    .addHelpText('after', list.length === 0 ? '' : `\nCommands (marathon-lb COMMAND --help for more):\n${list.join('')}`)
    .helpCommand(false)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: () => {}, // `report` says it
    });
}

async function direct(raw: Record<string, unknown>, terminal: Terminal): Promise<number> {
  if (raw['longhelp'] === true) {
    const { manual } = await import('./config/manual.ts');
    terminal.out(manual());
    return 0;
  }
  // It would end the program until the engine takes it; the first pass reads everything anyway.
  if (raw['sse'] === true || raw['listening'] !== undefined) process.on('SIGHUP', () => {});
  const [{ loadSettings }, { thisWorld }, { templates }] = await Promise.all([
    import('./config/load.ts'),
    import('./config/world.ts'),
    import('./render/templates.ts'),
  ]);
  const settings = loadSettings(raw, thisWorld(terminal.env), Object.keys(templates));
  const { balance } = await import('./commands/balance.ts');
  return balance(settings, (text) => terminal.out(text));
}

/** Help and version come as errors of status 0; anything that is no usage error is a fault of ours and goes up. */
function report(error: unknown, terminal: Terminal, called: string): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (!(error instanceof CommanderError) && !(error instanceof UsageError)) throw error;
  const message = error.message.replace(/^error: /, '');
  terminal.err(`${called}: ${message}\n${called} --help shows the options.\n`);
  return 2;
}
