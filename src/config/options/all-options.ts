import { acmeOptions } from './acme.ts';
import { frontendsOptions } from './frontends.ts';
import { haproxyOptions } from './haproxy.ts';
import { helpOptions } from './help.ts';
import { loggingOptions } from './logging.ts';
import { marathonOptions } from './marathon.ts';
import { runningOptions } from './running.ts';
import { servicesOptions } from './services.ts';

/** All options of the direct invocation, in the order of the usage: a file for each section of it. */
export const options = [
  ...marathonOptions,
  ...servicesOptions,
  ...frontendsOptions,
  ...acmeOptions,
  ...haproxyOptions,
  ...runningOptions,
  ...loggingOptions,
  ...helpOptions,
] as const;

type Row = (typeof options)[number];

/** Long name of an option. */
export type OptionName = Row['name'];

/** The values of all options by long name, defaults filled in. */
export type Values = { readonly [R in Row as R['name']]: Value<R> };

/** What a row's value is read as. */
export type Value<R> = R extends { kind: 'flag' }
  ? boolean
  : R extends { kind: 'texts' }
    ? readonly string[]
    : R extends { kind: 'integer' | 'seconds' }
      ? number
      : R extends { choices: readonly (infer C)[] }
        ? C
        : R extends { default: string }
          ? string
          : string | undefined;
