import { optionsTable } from '../config/manual.ts';
import { options } from '../config/options.ts';
import type { OptionRow } from '../config/option-row.ts';
import { exitStatus } from './error.ts';
import { sharedOptions, zddOptions } from './options.ts';

/** `docs/reference/zdd.md`. */
export function zddManual(): string {
  const shared = (options as readonly OptionRow[]).filter(({ name }) => (sharedOptions as readonly string[]).includes(name));
  const statuses = Object.entries(exitStatus).map(
    ([code, status]) => `| ${status} | ${meanings[code as keyof typeof exitStatus]} |\n`,
  );
  return `# zdd\n\n\`marathon-lb zdd [options]\` (also installed as \`zdd\`): blue/green deploys.\n${optionsTable([...zddOptions, ...shared])}\n## Exit status\n\n| status | meaning |\n| --- | --- |\n| 0 | done |\n${statuses.join('')}`;
}

const meanings: Readonly<Record<keyof typeof exitStatus, string>> = {
  declined: 'declined: a question was answered with no, the hook failed, or it was interrupted',
  unknown: 'an error that has no other status',
  arguments: 'bad arguments, or they do not fit what is in Marathon',
  'missing-field': 'the app definition, or an app of the group, lacks something',
  'load-balancer': 'a load balancer does not answer, or does not serve what it should',
  marathon: 'Marathon cannot be reached',
  create: 'the new app could not be created, or did not start',
  delete: 'an app could not be deleted',
  scale: 'an app could not be scaled, or its tasks did not start or end',
  'rolled-back': 'the canary was worse: the old app is back',
};
