#!/usr/bin/env node
import { main } from './cli.ts';

// If no handler listens, Node opens its debugger at this signal, to all users of the machine.
process.on('SIGUSR1', () => {});

let isFull = false;
// A reader that went away (`marathon-lb --longhelp | head`), or a terminal, is no fault; what goes on does not end for a full disk.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || code === 'EIO') return;
  if (!isFull) process.stderr.write(`marathon-lb: standard output cannot be written: ${message}\n`);
  isFull = true;
  process.exitCode = 1;
});
// Nobody can be told. Once there is a reader, or room, again, the next line is written.
process.stderr.on('error', () => {});

const status = await main(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
process.exitCode ??= status;
