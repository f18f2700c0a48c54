/** `marathon-lb zdd`: blue/green deploys. */
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { addRows } from '../config/options/command.ts';
import { version } from '../config/version.ts';
import type { Machine } from '../config/machine.ts';
import { createBalancers } from '../deploy/io/balancers.ts';
import { deploy } from '../deploy/deploy.ts';
import { DeployError, deployErrorRows } from '../deploy/error.ts';
import type { Interruption } from '../deploy/loop.ts';
import { sharedOptions, zddOptions } from '../deploy/options/options.ts';
import { jsonReport, type Report, textReport } from '../deploy/report/report.ts';
import { createScreen, type Screen } from '../deploy/report/terminal.ts';
import { readZddSettings, type ZddSettings } from '../deploy/options/settings.ts';
import { createLog } from '../log/create-log.ts';
import { createClient } from '../sources/marathon/http/client.ts';
import { MarathonError } from '../sources/marathon/error.ts';

/** Puts the command on the program; `run` gets what the command line library found. */
export function addZddCommand(program: Command, run: (raw: Record<string, unknown>) => Promise<void>): void {
  const command = program.command('zdd').description('Replaces an app by a new one, task by task, without losing a request.');
  addRows(addRows(command, zddOptions), sharedOptions).action(run);
}

/** Runs a deploy and gives the exit status. Throws `UsageError`. */
export async function zdd(
  raw: Readonly<Record<string, unknown>>,
  machine: Machine,
  out: (text: string) => void,
): Promise<number> {
  const settings = readZddSettings(raw, machine);
  const isTerminal = settings.output === 'text' && process.stderr.isTTY && !machine.env['CI'];
  const screen = isTerminal ? createScreen(process.stderr) : undefined;
  await using log = createLog(
    settings.log,
    { write: (text) => (screen ? screen.line(text) : process.stderr.write(text)) },
    'zdd',
  );
  const report = settings.output === 'json' ? jsonReport(out, () => new Date()) : textReport(out, log, screen);
  const end = (status: number, why: string): number => {
    report.event({ type: 'end', status, why });
    return status;
  };
  try {
    await using client = createClient(settings.marathon, { log: log.child('zdd.marathon'), version: version() });
    await using balancers = createBalancers(settings.balancers);
    using interruption = interruptionBy(settings, report, screen);
    const ask = settings.force
      ? async (): Promise<boolean> => true
      : (question: string) => isYes(question, screen, interruption.signal);
    const why = await deploy(settings, {
      client,
      balancers,
      clock,
      ask,
      interruption,
      report: (event) => report.event(event),
      start: () => ({ now: new Date(), nonce: randomInt(1000) }),
      path: machine.env['PATH'] ?? '',
      readFile: (path) => readFile(path, 'utf8'),
    });
    return end(0, why);
  } catch (error) {
    if (error instanceof DeployError) return end(deployErrorRows[error.code].status, error.message);
    if (error instanceof MarathonError) return end(deployErrorRows.marathon.status, error.message);
    return end(deployErrorRows.unknown.status, error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    screen?.clear();
  }
}

const clock = {
  now: () => performance.now(),
  sleep: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {}),
};

/** Ctrl-C at the question is an interruption like any other. */
async function isYes(question: string, screen: Screen | undefined, signal: AbortSignal): Promise<boolean> {
  const answer = await answerTo(`${question} (y/n) `, screen, signal, interruptOneself);
  if (answer === undefined && !signal.aborted && !process.stdin.isTTY) {
    throw new DeployError('declined', `"${question}" has no answer, there is no terminal to ask on: give --force`, {
      retryable: true,
    });
  }
  return /^y(es)?$/i.test(answer ?? '');
}

function interruptOneself(): void {
  process.kill(process.pid, 'SIGINT');
}

/** Returns what was typed, and undefined if the input is closed or the signal aborted. */
async function answerTo(
  question: string,
  screen: Screen | undefined,
  signal: AbortSignal,
  interrupt: () => void,
): Promise<string | undefined> {
  screen?.clear();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  lines.once('close', () => closed.abort());
  lines.once('SIGINT', interrupt);
  try {
    return (await lines.question(question, { signal: AbortSignal.any([signal, closed.signal]) })).trim();
  } catch {
    return undefined;
  } finally {
    lines.close();
  }
}

const CHOICES: Readonly<Record<string, 'leave' | 'back' | 'go-on'>> = { l: 'leave', b: 'back', g: 'go-on' };

/** Ctrl-C asks what to do on a terminal; otherwise, and for TERM, the deploy is left as it is. A third one ends the process. */
function interruptionBy({ force }: ZddSettings, report: Report, screen: Screen | undefined): Interruption & Disposable {
  let controller = new AbortController();
  let last: NodeJS.Signals = 'SIGINT';
  let count = 0;
  const heed = (name: NodeJS.Signals): void => {
    last = name;
    count += 1;
    if (count > 2) process.exit(deployErrorRows.declined.status);
    report.event({ type: 'trouble', why: `${name}: stopping before the next step` });
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, heed);
  return {
    get signal() {
      return controller.signal;
    },
    async choose(canGoBack) {
      if (last === 'SIGTERM' || !process.stdin.isTTY || (force && screen === undefined)) return 'leave';
      const back = canGoBack ? ' roll back (b),' : '';
      const question = `Leave it as it is and resume later (l),${back} or go on (g)? `;
      for (;;) {
        controller = new AbortController();
        const answer = await answerTo(question, screen, controller.signal, () => controller.abort());
        const choice = answer === undefined ? 'leave' : CHOICES[answer.slice(0, 1).toLowerCase()];
        if (choice === undefined || (choice === 'back' && !canGoBack)) continue;
        controller = new AbortController();
        count = 0;
        return choice;
      }
    },
    [Symbol.dispose]() {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, heed);
    },
  };
}
