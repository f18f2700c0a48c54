import { deployErrorRows } from '../../deploy/error.ts';
import { haproxyErrorRows } from '../../haproxy/error.ts';
import type { MessageRow } from '../../lib/message-row.ts';
import { marathonErrorRows } from '../../sources/marathon/error.ts';
import { problemRows } from '../../model/problem.ts';

/** Returns `docs/reference/messages.md`: what each code of a problem or an error means, and what to do about it. */
export function messagesManual(): string {
  return `# Messages

## Problems of apps

An app's mistake never stops the load balancer. It is logged once per change, as
\`app /shop: HAPROXY_0_PORT is "x", it must be a port from 1 to 65535 [label-malformed]\`. The code stands in brackets; \`marathon-lb explain app\`,
\`marathon-lb --dry\` and the metric \`marathon_lb_problems\` use the same codes. A *problem* costs somebody something; a *note* does not.

${table(problemRows, 'severity')}
## Errors of HAProxy

The message of an error says what happened to what; the code is its name in the source.

${table(haproxyErrorRows)}
## Errors of Marathon

${table(marathonErrorRows)}
## Errors of deploys (\`zdd\`)

${table(deployErrorRows, 'status')}
## Errors at the start

${table(startRows, 'status')}`;
}

/** The errors that have one code for all of their kind. */
const startRows: Readonly<Record<'usage' | 'container' | 'certificate', MessageRow & { readonly status: number }>> = {
  usage: {
    status: 2,
    meaning: 'An option or an environment variable is wrong, or the installed HAProxy does not fit',
    advice: 'Correct the option or the variable that the message names',
  },
  container: {
    status: 1,
    meaning: 'marathon-lb run cannot prepare the machine: a variable, a folder, a port or a sysctl',
    advice: 'Correct what the message names, and start again',
  },
  certificate: {
    status: 1,
    meaning: 'A certificate of the environment cannot be used, or there is no folder to write one to',
    advice: 'Correct what the message names, and start again',
  },
};

function table<T extends MessageRow>(rows: Readonly<Record<string, T>>, more?: keyof T & string): string {
  const head = ['code', ...(more === undefined ? [] : [more]), 'what it means', 'what to do'];
  const lines = Object.entries(rows).map(([code, row]) => [
    `\`${code}\``,
    ...(more === undefined ? [] : [String(row[more])]),
    marked(row.meaning),
    marked(row.advice),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** Marks options, labels and commands as code. */
function marked(text: string): string {
  return text.replaceAll(
    /--[a-z][a-z-]+|HAPROXY_[\w{}]*\w|marathon-lb (?:explain (?:app|url)|run|zdd)|haproxy -c(?: -f FILE)?/g,
    '`$&`',
  );
}
