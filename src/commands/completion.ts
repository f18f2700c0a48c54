/** `marathon-lb completion SHELL`: prints what a shell needs to complete commands and options; the shell then asks `marathon-lb complete`. */
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { addOptions } from '../config/options/command.ts';
import { type Calls, commands } from './table.ts';

/** Puts the command, all commands that it completes, and their options on the program. */
export async function addCompletionCommand(program: Command, calls: Calls): Promise<void> {
  addOptions(program);
  const others = [...commands].filter(([name, { hidden }]) => hidden !== true && name !== 'completion');
  for (const [, command] of others) {
    const put = await command.load();
    await put(program, calls);
  }
  tab(program, { completionCommandName: 'completion' });
}
