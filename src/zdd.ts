#!/usr/bin/env node
/** `zdd`: the same as `marathon-lb zdd`, under the name that 1.15 had. */
process.argv.splice(2, 0, 'zdd');
await import('./bin.ts');
