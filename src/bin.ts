#!/usr/bin/env node
import { main } from './cli.ts';

// Where nobody listens, Node opens its debugger at this signal, to all users of the machine.
process.on('SIGUSR1', () => {});

// A reader that went away (`marathon-lb --longhelp | head`), or a terminal, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
});

const status = await main(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
process.exitCode ??= status;
