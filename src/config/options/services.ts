import type { OptionRow } from '../option-row.ts';

/** Which services are made of its apps. */
export const servicesOptions = [
  {
    name: 'group',
    kind: 'texts',
    value: 'name',
    help: 'take services of this group; may be repeated, at least one is needed; * takes all, also those without a group',
    section: 'Services',
    since: '1.15',
  },
  {
    name: 'strict-mode',
    kind: 'flag',
    help: 'a service is off unless its label HAPROXY_{n}_ENABLED is true',
    section: 'Services',
    since: '1.15',
  },
  {
    name: 'health-check',
    short: 'H',
    kind: 'flag',
    help: "only tasks that Marathon's health checks call alive",
    section: 'Services',
    since: '1.15',
  },
  {
    name: 'min-serv-port-ip-per-task',
    kind: 'integer',
    value: 'port',
    default: 10050,
    min: 0,
    max: 65535,
    help: 'lowest service port for apps that Marathon gives none; it and the highest 0 = off',
    section: 'Services',
    since: '1.15',
  },
  {
    name: 'max-serv-port-ip-per-task',
    kind: 'integer',
    value: 'port',
    default: 10100,
    min: 0,
    max: 65535,
    help: 'highest service port for apps that Marathon gives none',
    section: 'Services',
    since: '1.15',
  },
  {
    name: 'no-translate',
    kind: 'flag',
    help: 'leave template labels, template files and variables as they are; without it, words in them that HAProxy gave up are translated, and the two characters \\n are taken as line breaks',
    section: 'Services',
    since: 'new',
  },
] as const satisfies readonly OptionRow[];
