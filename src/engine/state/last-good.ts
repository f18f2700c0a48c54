/** Keeps the definition of each service that HAProxy accepted last, over restarts: `last-good.json` in the state folder. */
import type { Logger } from '../../log/logger.ts';
import { allowedDefinition, type PolicySettings } from '../../model/policy/allowed-definition.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import { serviceKey } from '../alerts/attribute.ts';
import { createStateFile, type StateFile } from './state-file.ts';
import { readDefinition } from './last-good-schema.ts';
import { definitionOf, type LastGood } from '../quarantine/fallback.ts';

export type LastGoodStore = StateFile<LastGood>;

export interface LastGoodOptions {
  /** State folder; made if it is missing. */
  readonly folder: string;
  readonly log: Logger;
  /** Milliseconds that pass before it is written. */
  readonly delay?: number;
  /** Definitions of a run with another policy come as far as this one allows them; left out: all of them. */
  readonly model?: PolicySettings;
}

/** Labels can hold passwords: the file is readable for its owner only. */
export function createLastGoodStore({ folder, log, delay = 2000, model = {} }: LastGoodOptions): LastGoodStore {
  return createStateFile<LastGood>({
    folder,
    log,
    delay,
    name: 'last-good.json',
    none: () => new Map(),
    parse: (text) => definitionsOf(text, model),
    print: textOf,
    loss: 'after a restart, services with a mistake in their labels are left out',
  });
}

/** One line a service, each made once. */
function textOf(good: LastGood): string {
  const lines = [...good.values()].map((definition) => {
    const line = lineOf.get(definition) ?? JSON.stringify(definitionOf(definition));
    lineOf.set(definition, line);
    return line;
  });
  return `[\n${lines.join(',\n')}\n]\n`;
}

const lineOf = new WeakMap<ServiceDefinition, string>();

function definitionsOf(text: string, model: PolicySettings): LastGood {
  const found: unknown = JSON.parse(text);
  if (!Array.isArray(found)) throw new SyntaxError('it is no list');
  const definitions = found.flatMap((value: unknown) => {
    const definition = readDefinition(value);
    return definition === null ? [] : (allowedDefinition(definition, model) ?? []);
  });
  return new Map(definitions.map((definition) => [serviceKey(definition), definition]));
}
