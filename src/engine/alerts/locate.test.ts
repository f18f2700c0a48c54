import { expect, it } from 'vitest';
import { documentOf, service } from '../../../test/support/rendering/documents.ts';
import { print } from '../../render/document.ts';
import { withLocations } from './locate.ts';

const doc = documentOf([service(1)], '/tmp', 8080);
const lines = print(doc).split('\n');

function place(text: string): string {
  const line = lines.indexOf(text) + 1;
  return withLocations(doc, [{ line, proxies: [], mentions: [], message: 'it says' }])[0]?.message ?? '';
}

it('names the template and its line', () => {
  expect(place('  maxconn 100')).toBe('template HAPROXY_HEAD, line 2, `maxconn 100`: it says');
  expect(place('  bind 127.0.0.1:8080')).toBe('template HAPROXY_HTTP_FRONTEND_HEAD, line 2, `bind 127.0.0.1:8080`: it says');
});

it('shows the line of a service', () => {
  expect(place('  balance roundrobin')).toBe('`balance roundrobin`: it says');
});

it('shows no password', () => {
  const text = 'userlist user_x\n  user u password $5$hidden\n';
  const list = { sections: [{ kind: 'userlist' as const, name: 'user_x', blocks: [{ text }] }], files: [] };
  expect(JSON.stringify(withLocations(list, [{ line: 2, proxies: [], mentions: [], message: 'x' }]))).not.toContain('hidden');
});

it('leaves alerts without a line of the document alone', () => {
  const alerts = [
    { proxies: [], mentions: [], message: 'x' },
    { line: 1000, proxies: [], mentions: [], message: 'y' },
  ];
  expect(withLocations(doc, alerts)).toEqual(alerts);
});
