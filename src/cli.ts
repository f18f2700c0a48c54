import { Command, CommanderError } from 'commander';
import { commands, passOverHangUps, type Subcommand } from './commands/table.ts';
import { addOptions } from './config/options/command.ts';
import { helpLists } from './config/options/help-lists.ts';
import { HaproxyUnfit, UsageError } from './config/usage-error.ts';
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
  const name = argv[0] ?? '';
  const command = commands.get(name);
  let status = 0;
  const end = (code: number): void => {
    status = code;
  };
  try {
    if (command) {
      const put = await command.load();
      await put(program, { end, out: (text) => terminal.out(text), err: (text) => terminal.err(text) });
    } else {
      if (/^[a-z]/i.test(name)) throw new UsageError(`unknown command '${name}'${known()}`);
      addOptions(program);
      program.action(async (raw: Record<string, unknown>) => end(await direct(raw, terminal)));
    }
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    const refused = report(error, terminal, command ? `marathon-lb ${name}` : 'marathon-lb');
    return refused === 0 ? 0 : (command?.usageStatus ?? refused);
  }
}

function known(): string {
  return `; commands are ${shown()
    .map(([name]) => name)
    .join(', ')}`;
}

function shown(): (readonly [string, Subcommand])[] {
  return [...commands].filter(([, { hidden }]) => !hidden);
}

function createProgram(terminal: Terminal): Command {
  return new Command('marathon-lb')
    .usage('[options] | marathon-lb COMMAND [options]')
    .description('Load balancing for Mesos Marathon with HAProxy.')
    .version(version(), '--version', 'print the version and exit')
    .helpOption('-h, --help', 'print the usage and exit')
    .addHelpText('after', ({ command }) =>
      command.parent === null
        ? helpLists(command, [
            ['Commands (marathon-lb COMMAND --help for more):', shown().map(([name, { summary }]) => [name, summary])],
            ['Examples:', EXAMPLES],
          ])
        : '',
    )
    .helpCommand(false)
    .allowExcessArguments(false)
    .exitOverride()
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: () => {}, // `report` says it
    });
}

const EXAMPLES = [
  ['marathon-lb run sse --marathon http://marathon.mesos:8080 --group external', 'run HAProxy, and follow Marathon'],
  ['marathon-lb --marathon http://marathon.mesos:8080 --group external --dry', 'print the configuration, and change nothing'],
  ['marathon-lb explain url https://shop.example.com/cart', 'say where a request goes, and why'],
] as const;

async function direct(raw: Record<string, unknown>, terminal: Terminal): Promise<number> {
  if (raw['longhelp'] === true) {
    const { manual } = await import('./config/options/manual.ts');
    terminal.out(manual());
    return 0;
  }
  if (raw['sse'] === true || raw['listening'] !== undefined) passOverHangUps();
  const [{ loadSettings }, { thisMachine }, { templates }] = await Promise.all([
    import('./config/load-settings.ts'),
    import('./config/machine.ts'),
    import('./render/templates/defaults.ts'),
  ]);
  const settings = loadSettings(raw, thisMachine(terminal.env), Object.keys(templates));
  const { balance } = await import('./commands/balance/balance.ts');
  return balance(settings, (text) => terminal.out(text));
}

/** Help and version come as errors of status 0; anything that is no usage error is a fault of ours and goes up. */
function report(error: unknown, terminal: Terminal, called: string): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (!(error instanceof CommanderError) && !(error instanceof UsageError)) throw error;
  const message = error.message.replace(/^error: /, '');
  const hint = error instanceof HaproxyUnfit ? '' : `${called} --help shows the options.\n`;
  terminal.err(`${called}: ${message}\n${hint}`);
  return 2;
}
