import { expect, test } from 'vitest';
import { documentOf, service } from '../../../test/support/rendering/documents.ts';
import { print } from '../../render/document.ts';
import { withOwners } from './alert-owners.ts';

const services = [service(1), service(2, { BACKEND: '  foo bar\n' })];
const doc = documentOf(services, '/tmp', 8080);
const alert = { proxies: [], mentions: [], message: 'unknown keyword' };

test('app and label are named where HAProxy names the line', () => {
  const line = print(doc).split('\n').indexOf('  foo bar') + 1;
  expect(withOwners(doc, services, [{ ...alert, line }])).toMatchObject([
    { line, message: 'app /app-2, label HAPROXY_0_BACKEND: `foo bar`: unknown keyword' },
  ]);
});

test('nobody is where it names none, or a line of nobody', () => {
  expect(withOwners(doc, services, [alert])).toEqual([alert]);
  expect(withOwners(doc, services, [{ ...alert, line: 2 }])[0]?.message).not.toContain('app ');
});
