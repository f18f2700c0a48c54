/** What HAProxy accepted of each service, over restarts: `last-good.json` in the state folder. */
import type { LabelPolicy } from '../../config/settings.ts';
import type { Logger } from '../../log/logger.ts';
import { allowedTemplates } from '../../model/policy/allowed-templates.ts';
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
  /** Definitions of a run with another policy come without the templates that this one denies; undefined: `full`. */
  readonly labelPolicy?: LabelPolicy | undefined;
}

/** Labels can hold passwords: the file is readable for its owner only. */
export function createLastGoodStore({ folder, log, delay = 2000, labelPolicy = 'full' }: LastGoodOptions): LastGoodStore {
  return createStateFile<LastGood>({
    folder,
    log,
    delay,
    name: 'last-good.json',
    none: () => new Map(),
    parse: (text) => definitionsOf(text, labelPolicy),
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

function definitionsOf(text: string, policy: LabelPolicy): LastGood {
  const found: unknown = JSON.parse(text);
  if (!Array.isArray(found)) throw new SyntaxError('it is no list');
  const definitions = found.flatMap((value: unknown) => {
    const definition = readDefinition(value);
    return definition === null ? [] : allowedTemplates(definition, policy).definition;
  });
  return new Map(definitions.map((definition) => [serviceKey(definition), definition]));
}
