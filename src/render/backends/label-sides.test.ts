/** Labels of servers that were started from different definitions. */
import { expect, it } from 'vitest';
import type { OwnRules, Service } from '../../model/service.ts';
import { snapshotOf, settingsOf } from '../../../test/support/rendering/golden.ts';
import { build } from '../../model/build.ts';
import { print } from '../document.ts';
import { render } from '../render.ts';
import { createLibrary } from '../templates/library.ts';

const OPTIONS = { args: ['--group', 'external'] };

function serverLines(labels: Readonly<Record<string, string>>, own: Readonly<Record<string, unknown>>): readonly string[] {
  const app = {
    id: '/shop',
    instances: 2,
    labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'shop.test', ...labels },
    portDefinitions: [{ port: 10_000 }],
    tasks: [1, 2].map((task) => ({ id: `shop.${task}`, host: '10.0.0.1', ports: [31_000 + task], state: 'TASK_RUNNING' })),
  };
  const { model, render: settings } = settingsOf(OPTIONS);
  const { services } = build(snapshotOf([app], OPTIONS), model);
  const [service] = services as [Service];
  const rules: OwnRules = { templates: {}, typed: own };
  const [first, second] = service.servers;
  const servers = [first, { ...second, own: rules }] as Service['servers'];
  const text = print(render([{ ...service, servers }], settings, createLibrary(settings)).document);
  return Array.from(text.matchAll(/^ {2}server \S+ \S+ id \d+ ?(.*)$/gm), ([, words = '']) => words);
}

it('words of its own version stand in the line of a server', () => {
  expect(serverLines({ HAPROXY_0_MAX_CONNECTIONS: '5', HAPROXY_0_CHECK_FALL: '2' }, { MAX_CONNECTIONS: 7 })).toEqual([
    'check maxconn 5 fall 2',
    'check maxconn 7',
  ]);
});

it('a server that asks for another path is not checked by HAProxy', () => {
  const labels = { HAPROXY_0_CHECK_PATH: '/new', HAPROXY_0_CHECK_RISE: '1' };
  expect(serverLines(labels, { CHECK_PATH: '/new' })).toEqual(['check rise 1', 'check']);
  expect(serverLines(labels, { CHECK_PATH: '/old', CHECK_RISE: 3 })).toEqual(['check rise 1', 'rise 3']);
  expect(serverLines(labels, {})).toEqual(['check rise 1', '']);
});
