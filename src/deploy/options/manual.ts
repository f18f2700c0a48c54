import { optionsTable } from '../../config/options/manual.ts';
import { deployErrorRows } from '../error.ts';
import type { DeployEvent } from '../event.ts';
import { sharedOptions, zddOptions } from './options.ts';

/** `docs/reference/zdd.md`. */
export function zddManual(): string {
  const statuses = Object.values(deployErrorRows).map(({ status, meaning }) => `| ${status} | ${meaning} |\n`);
  const rows = Object.entries(events).map(([type, told]) => `| \`${type}\` | ${told} |\n`);
  return `# zdd\n\n\`marathon-lb zdd [options]\` (also installed as \`zdd\`): blue/green deploys.\n${optionsTable([...zddOptions, ...sharedOptions])}
## Exit status\n\n| status | meaning |\n| --- | --- |\n| 0 | done |\n${statuses.join('')}
## Events\n\n\`--output json\` prints one object a line, with \`at\` (ISO 8601) and \`type\`:\n\n| type | told |\n| --- | --- |\n${rows.join('')}
A step has \`kind\` (\`wait\`, \`scale\`, \`kill\`, \`delete\`, \`turn-back\`, \`stop\`, \`done\`) and \`why\`; those that change something \`app\`, with \`to\` (scale) or
\`tasks\` (kill, \`overdue\` where some still have sessions). An outcome has \`kind\` (\`done\`, \`locked\`, \`exists\`, \`unknown\`) and, but for \`done\`, \`why\`. More fields may
come with later versions; these stay.
`;
}

/** What an event tells; names in the order in which they are written. */
const events: Readonly<Record<DeployEvent['type'], string>> = {
  definition: '`app`: the app that is to be created',
  differences:
    '`differences` between the two apps in what serves: `kind` (`group`, `address`, `check`, `option`), `what`, `old`, `fresh`; `why`: what they mean on these load balancers',
  plan: '`steps`: the plan of a dry run in words',
  look: '`sides`, the one that shrinks first: `app`, `instances`, `running`, `healthy`, `up` (in service at every load balancer), `draining`, `sessions`, `rate` (a second), `errors` (since the load balancers started); `step`: what follows; `remaining`: milliseconds until a wait ends',
  create: '`app`: its id; `outcome`',
  write: '`step`: what Marathon was told; `outcome`',
  trouble: '`why`: what was not as it should be, and is waited for or told',
  hook: '`line`: what the pre-kill hook said',
  answer: '`question`, `yes`',
  'turned-back': '`why`: the canary was worse, the old app comes back',
  end: '`status`: the exit status; `why`. The last line; missing only where the options cannot be read',
};
