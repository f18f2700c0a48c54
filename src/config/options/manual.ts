import { LABEL_GROUPS, type LabelRow } from '../../model/labels/rows/row.ts';
import { labels } from '../../model/labels/table.ts';
import { DIRECTIVES, SERVER_WORDS } from '../../model/policy/directives.ts';
import { FORBIDDEN } from '../../model/policy/forbidden.ts';
import { SAFE_TEMPLATES } from '../../model/policy/template-fault.ts';
import { type TemplateRow, templates } from '../../render/templates/defaults.ts';
import { type OptionRow, type Section, defaultOf, flagsOf } from './row.ts';
import { options } from './all-options.ts';
import { featuresOf } from '../versions/version.ts';
import type { TemplateDefaults } from '../settings.ts';

/** The whole manual as Markdown: what `--longhelp` prints. */
export function manual(): string {
  return [optionsManual(), labelsManual(), templatesManual()].join('\n');
}

/** `docs/reference/options.md`. */
export function optionsManual(): string {
  return `# Options\n\n\`marathon-lb [options]\`: with \`--sse\` or \`--listening\` it runs until stopped, otherwise it does one pass and exits.\nUsage errors end with exit status 2.\n${optionsTable(options)}`;
}

/** `docs/reference/label-policy.md`. */
export function labelPolicyManual(): string {
  const intro =
    'What raw template labels may do with `--label-policy safe`. A label that does more is passed over, with a problem `policy-denied` that names label, line and reason;\n' +
    'the operator’s template serves in its place. `strict` passes over all of them, `full` none. [One load balancer for many teams](../guide/many-teams.md) says why.\n';
  const names = Object.keys(SAFE_TEMPLATES).map((name) => `* ${code(`HAPROXY_{n}_${name}`)}\n`);
  const safe = DIRECTIVES.map(({ words, example }) => tableLine([code(words), code(`${words} ${example}`.trim())]));
  const denied = FORBIDDEN.map(({ what, why, example }) => tableLine([what.replace(/[*<>]/g, '\\$&'), why, code(example)]));
  return [
    `# What \`--label-policy safe\` allows\n\n${intro}`,
    `\n## Labels\n\nThose that stay in the backend of their service:\n\n${names.join('')}`,
    `\n## Directives\n\n| a line begins with | for example |\n| --- | --- |\n${safe.join('')}`,
    `\nA \`server\` line leads to \`{host_ipv4}:{port}\` or \`{host}:{port}\`, the task. \`server\` and \`default-server\` take these words: ${Object.keys(SERVER_WORDS).map(code).join(', ')}.\n`,
    `\n## Denied in any line\n\nCompared as HAProxy reads it: without quotes and escapes.\n\n| what | why | for example |\n| --- | --- | --- |\n${denied.join('')}`,
  ].join('');
}

/** The options of a table, by section. */
export function optionsTable(rows: readonly OptionRow[]): string {
  return [...new Set(rows.map(({ section }) => section))].map((section) => optionsSection(section, rows)).join('');
}

/** `docs/reference/labels.md`. */
export function labelsManual(): string {
  const intro =
    'Values are strings. Booleans are true for `true`, `t`, `yes`, `y` in any case, else false. `{n}` is the index of the service port, from 0;\n' +
    'labels without it are about the whole app.\n';
  const groups = Object.entries(LABEL_GROUPS).map(([group, { title, about }]) => {
    const rows = labels.filter((row) => row.group === group);
    return `\n## ${title}\n\n${about}\n\n${labelTable(rows)}`;
  });
  return `# Labels\n\n${intro}${groups.join('')}\n${mistakes()}`;
}

/** `docs/reference/templates.md`. */
export function templatesManual(): string {
  const intro =
    'A template named T is taken from the label `HAPROXY_{n}_T` (where it is overridable), the environment variable `HAPROXY_T` (the two\n' +
    'characters `\\n` are a line end), the file `HAPROXY_T` in the folder of `--templates`, or the default; the first found wins.\n' +
    'Placeholders are written `{name}`; `{{` and `}}` give braces. Raw templates are inserted as they are.\n' +
    'Defaults are shown with the default ports and a `maxconn` of 50000.\n';
  return `# Templates\n\n${intro}${Object.entries(templates).map(templateEntry).join('')}`;
}

function optionsSection(section: Section, rows: readonly OptionRow[]): string {
  const lines = rows.filter((row) => row.section === section).map(optionLine);
  return `\n## ${section}\n\n| option | default | meaning | since |\n| --- | --- | --- | --- |\n${lines.join('')}`;
}

function optionLine(row: OptionRow): string {
  const preset = defaultOf(row);
  const cells = [code(flagsOf(row)), preset === undefined ? '' : code(preset), row.help.replace(/[*<>]/g, '\\$&'), row.since];
  return tableLine(cells);
}

function labelTable(rows: readonly LabelRow[]): string {
  const lines = rows.map(({ name, per, type, description, default: preset, example }) =>
    tableLine([
      code(`HAPROXY_${per === 'service' ? '{n}_' : ''}${name}`),
      type,
      description,
      preset === undefined ? '' : preset.includes('`') ? preset : code(preset),
      code(example),
    ]),
  );
  return `| label | type | effect | default | example |\n| --- | --- | --- | --- | --- |\n${lines.join('')}`;
}

function templateEntry([name, row]: [string, TemplateRow]): string {
  const facts = [
    row.overridable ? `Overridable by the label \`HAPROXY_{n}_${name}\`.` : 'Global: no label replaces it.',
    row.raw ? 'Raw.' : '',
    row.placeholders.length === 0 ? '' : `Placeholders: ${row.placeholders.map((p) => code(`{${p}}`)).join(' ')}.`,
  ];
  const text = typeof row.default === 'string' ? row.default : row.default(shown, featuresOf(undefined));
  const body = text.trim() === '' ? 'Default: empty.\n' : `\`\`\`haproxy\n${text.replace(/\n*$/, '\n')}\`\`\`\n`;
  return `\n## ${code(`HAPROXY_${name}`)}\n\n${row.description} ${facts.filter(Boolean).join(' ')}\n\n${body}`;
}

/** Filled in for the manual: the same on every machine. */
const shown: TemplateDefaults = {
  bindAddress: '*',
  httpPort: 80,
  httpsPort: 443,
  appidPort: 9091,
  statsPort: 9090,
  statsSocket: '/var/run/marathon-lb/haproxy.sock',
  maxconn: 50_000,
  globalDefaultOptions: ['redispatch', 'http-server-close', 'dontlognull'],
  adminAddress: 'unix@/var/run/marathon-lb-admin/mlb-admin.sock',
  luaFolder: '/marathon-lb',
  hardStopAfter: 1800,
};

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** What becomes of labels that are wrong, or that two apps have. */
const mistakes = (): string => `## Mistakes and conflicts

A mistake costs the service that has it and no other. Each is named once in the log, with app, label, what is wrong and how to fix it.

| what is wrong | what is served |
| --- | --- |
| a host that is not one, a ${dispensable()} that cannot be read | the service without it |
| a PATH, PROXYPASS_PATH or boolean that can have no effect | the service, as the message says; without its hosts if no PATH can match |
| another value or a template that cannot be read, or that HAProxy refuses | the service with its last good labels and its current tasks, over restarts too; out if there are none |
| a label that nobody knows, that has no effect beside the others, or a number beyond the service ports | the service, as if the label were not there |
| MODE \`tcp\` beside a VHOST | as with a value that HAProxy refuses |
| two services bind one port on overlapping addresses, or one binds a port of the load balancer itself | the older app has the port; the other service has no frontend of its own, its hosts and its app id lead to it. Two of one age both bind it, as with 1.15 |
| two services claim one VHOST and PATH with one BACKEND_WEIGHT | both; the rule of the older app comes first |
| a rule that another one before it covers: \`/api\` before \`/api/v2\` of one host, or a heavier one | the service, but no request reaches it that way; HAPROXY_{n}_BACKEND_WEIGHT puts its rule first |
| two services make one backend name | the older app’s; the other one is left out |
| an app and a deployment group have one id | of each service port, the older one |

Older is the app whose definition (not its scale) changed least recently: \`versionInfo.lastConfigChangeAt\`, else \`version\`; at the same time, the one
whose id is smaller. So all load balancers decide alike, and a newcomer takes nothing from anybody.
`;

/** Returns the labels without which a service is served if they are malformed. */
function dispensable(): string {
  const rows = labels.filter(
    (row) => row.per === 'service' && 'refused' in row && row.type !== 'hosts' && row.type !== 'boolean',
  );
  return rows
    .map(({ name }) => name)
    .join(', ')
    .replace(/, (?=\w+$)/, ' or ');
}
