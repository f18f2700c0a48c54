/** The screen of the demo: plain text, coloured by the terminal's rules. */
import { styleText } from 'node:util';
import type { Entry } from '../../engine/journal/journal.ts';
import { formatProblem, formatEntry } from '../../engine/journal/log-passes.ts';

export interface Places {
  readonly marathon: string;
  readonly http: number;
  readonly https: number;
  readonly appid: number;
  readonly stats: number;
  /** Service port of the first sample app. */
  readonly service: number;
  readonly admin: number;
  /** The command line of the program. */
  readonly program: string;
  readonly certificate: string;
  /** Certificate of the authority whose certificates are renewed. */
  readonly authority: string;
  readonly certStore: string;
  readonly config: string;
  readonly stateDir: string;
}

/** Returns commands to copy that show the result. */
export function intro(at: Places): string {
  const json = `-H 'Content-Type: application/json'`;
  const app = `${at.marathon}/v2/apps`;
  const explain = `${at.program} explain`;
  const same = `--marathon ${at.marathon} --group external --ssl-certs ${at.certificate} --haproxy-config ${at.config} --state-dir ${at.stateDir}`;
  return [
    part('Requests', [
      ['a host name', `curl -H 'Host: shop.localhost' http://127.0.0.1:${at.http}/`],
      ['a path below it', `curl -H 'Host: shop.localhost' http://127.0.0.1:${at.http}/api`],
      ['over TLS', `curl -k --resolve shop.localhost:${at.https}:127.0.0.1 https://shop.localhost:${at.https}/`],
      [
        'a renewed certificate',
        `curl -v --cacert ${at.authority} --resolve blog.localhost:${at.https}:127.0.0.1 https://blog.localhost:${at.https}/`,
      ],
      ['by app id', `curl -H 'X-Marathon-App-Id: /shop/cart' http://127.0.0.1:${at.appid}/`],
      ['by service port', `curl http://127.0.0.1:${at.service}/`],
      ['a password', `curl -u ann:secret -H 'Host: wiki.localhost' http://127.0.0.1:${at.http}/`],
      ['blue and green', `curl -H 'Host: blog.localhost' http://127.0.0.1:${at.http}/`],
    ]),
    part('Change something', [
      ['scale', `curl -X PUT ${json} -d '{"instances": 4}' ${app}/shop/web`],
      ['deploy', `curl -X POST ${app}/shop/web/restart`],
      ['kill a task', `curl -X DELETE ${app}/shop/cart/tasks`],
      ['fix the broken app', `curl -X PUT ${json} -d '{"labels": {"HAPROXY_GROUP": "external"}}' ${app}/broken`],
      [
        'break an app',
        `curl -X PUT ${json} -d '{"labels": {"HAPROXY_GROUP": "external", "HAPROXY_0_BALANCE": "magic"}}' ${app}/shop/api`,
      ],
      ['delete', `curl -X DELETE ${app}/shop/api`],
    ]),
    part('Look', [
      ['statistics', `http://127.0.0.1:${at.stats}/haproxy?stats`],
      ['metrics of HAProxy', `curl http://127.0.0.1:${at.stats}/metrics`],
      ['metrics of the program', `curl http://127.0.0.1:${at.stats}/_mlb/metrics`],
      ['is it ready?', `curl http://127.0.0.1:${at.stats}/_mlb/ready`],
      ['Marathon', `curl '${app}?embed=apps.tasks'`],
      ['certificates', `${at.program} certificates --state-dir ${at.stateDir}`],
      ['what happened', `${at.program} history --state-dir ${at.stateDir}`],
      ['where a URL goes', `${explain} url http://shop.localhost/api ${same}`],
      ['why an app is not served', `${explain} app /broken ${same}`],
    ]),
    'Every change is shown below: what happened in Marathon, and what was done to HAProxy. Ctrl-C ends everything.\n',
  ].join('\n');
}

/** An event of Marathon in one line; undefined: not worth one. */
export function marathonLine(event: Readonly<Record<string, unknown>>, now: Date): string | undefined {
  const what = happened(event);
  return what === undefined ? undefined : `${clock(now)}  ${styleText('cyan', 'Marathon')}  ${what}\n`;
}

/** Returns the changes to HAProxy with their reasons, and the new and solved problems. */
export function passLines(entry: Entry): string {
  const { at, outcome, appeared, altered, mended } = entry;
  const line = (colour: Parameters<typeof styleText>[0], who: string, text: string): string =>
    `${clock(at)}  ${styleText(colour, who.padEnd(8))}  ${text}\n`;
  const lines = [
    ...appeared.map((problem) => line('red', 'Problem', formatProblem(problem))),
    ...altered.map((problem) => line('red', 'Problem', `now: ${formatProblem(problem)}`)),
    ...mended.map((problem) => line('green', 'Fixed', formatProblem(problem))),
  ];
  // A delayed change is shown when it is done.
  const isNews = outcome.kind !== 'unchanged' && (outcome.kind !== 'postponed' || outcome.commands.length > 0);
  if (!isNews) return lines.join('');
  const took = styleText('dim', `(${entry.sinceCause.toFixed(1)} ms after ${entry.cause})`);
  const isBad = outcome.kind === 'failed' || outcome.kind === 'refused';
  return [...lines, line(isBad ? 'red' : 'green', 'HAProxy', `${formatEntry(entry)} ${took}`)].join('');
}

function part(title: string, lines: readonly (readonly [string, string])[]): string {
  return `${bold(title)}\n${lines.map(([what, line]) => `  ${what.padEnd(24)} ${line}\n`).join('')}`;
}

function happened(event: Readonly<Record<string, unknown>>): string | undefined {
  const text = (name: string): string => (typeof event[name] === 'string' ? event[name] : '?');
  switch (event['eventType']) {
    case 'status_update_event':
      return event['taskStatus'] === 'TASK_STARTING'
        ? undefined
        : `${text('appId')}: task …${lastOf(text('taskId'))} is ${text('taskStatus')}`;
    case 'health_status_changed_event':
      return `${text('appId')}: a task is ${event['alive'] === true ? 'healthy' : 'unhealthy'}`;
    case 'api_post_event':
      return `app definition changed by ${text('uri')}`;
    case 'deployment_success':
      return 'deployment done';
    case 'app_terminated_event':
      return `${text('appId')} is deleted`;
    default:
      return undefined;
  }
}

/** The end of what tells a task from others: the last figures of its instance. */
function lastOf(taskId: string): string {
  return taskId.replace(/\._app\.\d+$/, '').slice(-8);
}

function clock(at: Date): string {
  return styleText('dim', at.toTimeString().slice(0, 8));
}

function bold(text: string): string {
  return styleText('bold', text);
}
