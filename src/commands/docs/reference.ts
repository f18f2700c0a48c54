import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { metricsManual } from '../../admin/metric-rows.ts';
import { labelPolicyManual, labelsManual, optionsManual, templatesManual } from '../../config/options/manual.ts';
import { runManual } from '../../container/setup/manual.ts';
import { zddManual } from '../../deploy/options/manual.ts';
import { policyManual } from '../../model/policy/rules/manual.ts';
import { oldWordsManual } from '../../translate/manual.ts';
import { messagesManual } from './messages.ts';

/** The files of the reference manual, by name, as the tables give them. */
export const referenceFiles: Readonly<Record<string, () => string>> = {
  'options.md': optionsManual,
  'labels.md': labelsManual,
  'templates.md': templatesManual,
  'label-policy.md': labelPolicyManual,
  'policy.md': policyManual,
  'run.md': runManual,
  'zdd.md': zddManual,
  'metrics.md': metricsManual,
  'messages.md': messagesManual,
  'old-words.md': oldWordsManual,
};

/** `marathon-lb reference FOLDER`: writes `docs/reference` anew (`npm run reference`). */
export function addReferenceCommand(program: Command): void {
  program
    .command('reference')
    .argument('<folder>')
    .description('write the reference manual into a folder')
    .action(async (folder: string) => {
      await mkdir(folder, { recursive: true });
      for (const [name, text] of Object.entries(referenceFiles)) await writeFile(join(folder, name), notice + text());
    });
}

/** First line of each file. */
export const notice = '<!-- Written by `npm run reference` from the tables in src; changes here are lost. -->\n\n';
