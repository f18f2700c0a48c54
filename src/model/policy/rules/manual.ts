import { z } from 'zod';
import { policySchema, ruleKeys } from './read-policy.ts';

/** The example of the manual. */
export const EXAMPLE = {
  rules: [
    {
      prefix: '/team-a',
      hosts: ['a.example.com', '*.a.example.com'],
      ports: ['10000-10099'],
      groups: ['external'],
      labels: { deny: ['BACKEND_WEIGHT', 'SSL_CERT', 'BIND_*'] },
      rawTemplates: 'off',
      limits: { vhosts: 10, ports: 5, servers: 100 },
    },
    { prefix: '/team-a/legacy', hosts: ['old.example.com'], ports: [10100], rawTemplates: 'safe' },
    { prefix: '/team-b', hosts: ['www.example.com'], paths: ['/b', '/static/b*'], ports: ['10200-10299'], rawTemplates: 'off' },
    { prefix: '/ops' },
    { prefix: '/', hosts: [], ports: [], rawTemplates: 'off' },
  ],
};

/** `docs/reference/policy.md`. */
export function policyManual(): string {
  const keys = Object.entries(ruleKeys).map(([name, { description = '' }]) => `| \`${name}\` | ${description}. |\n`);
  return [
    INTRODUCTION,
    `\n## Example\n\n\`\`\`json\n${printed(EXAMPLE)}\n\`\`\`\n\n${ABOUT_EXAMPLE}`,
    `\n## Keys of a rule\n\nOnly \`prefix\` is needed. A key that is left out limits nothing; an empty list allows nothing.\n\n| key | meaning |\n| --- | --- |\n${keys.join('')}`,
    EFFECTS,
    `\n## Schema\n\n\`\`\`json\n${printed(z.toJSONSchema(policySchema, { io: 'input' }))}\n\`\`\`\n`,
  ].join('');
}

/** As the formatter of the repository writes it: a list or object on one line if it fits. */
function printed(value: unknown, indent = ''): string {
  const flat = flatOf(value);
  if (indent.length + flat.length <= WIDTH || typeof value !== 'object' || value === null) return flat;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((each) => inner + printed(each, inner))
    : Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${printed(each, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

function flatOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flatOf).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${flatOf(each)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

const WIDTH = 120;

const INTRODUCTION = `# The policy: what the apps of a team may do

\`--policy FILE\` (or the variable \`MARATHON_LB_POLICY\`) names a JSON file with rules by the beginning of app ids. Without it every app may do all, as with 1.15.
[One load balancer for many teams](../guide/many-teams.md) says how it goes together with the other options.

The file is read at the start: one that cannot be used ends the program with status 2 and a line that names the place in the file. SIGHUP (and \`/_mlb_signal/hup\`) reads it again: one
that cannot be used changes nothing; the log and \`marathon-lb status\` say so until it can be. \`--dry\` and \`marathon-lb explain\` use it too.
`;

const ABOUT_EXAMPLE = `Team A has its hosts and a hundred ports. Its apps below \`/team-a/legacy\` go by their own rule alone: \`old.example.com\`, and templates that stay in their backend. Team B shares
\`www.example.com\` with others, by paths. \`/ops\` may do all. Every other app, of the last rule, is not served: it may have no port.
`;

const EFFECTS = `
## What breaks a rule

It is the problem \`policy-denied\` of its app, with the label, the key and the prefix of the rule, and how to fix it, in the log, in \`marathon-lb status\` and \`explain app\` (which names the rule that
counts for an app, too).

* The service that has it is not served. What concerns the whole app (\`limits.ports\`, a denied label of the app) costs the app.
* Its last good labels do not serve in its place, and it holds no host and no port from then on. What was saved of it is looked at with the rules of now at every start and SIGHUP: it serves
  an app with a mistake in its labels only if the rules allow it.
* An app whose HAPROXY_DEPLOYMENT_GROUP is under another rule than the app itself is not served. A label gives nobody the rights of another name.
* A service whose CANARY_OF names an app under another rule is not served, for the same reason.
* A new rule counts from the next pass that reads Marathon. HAProxy keeps what it runs until then, also if Marathon does not answer.
`;
