import { expect, test } from 'vitest';
import { adviceFor } from './texts.ts';
import { workload } from '../../../test/support/workload.ts';

const appSeen = (id: string) => ({ app: workload({ id }), deployments: [], raw: {} });
const [blue, green] = [appSeen('/x-blue'), appSeen('/x-green')];

test.each([
  ['two apps', [blue, green], /^--resume .*--rollback/],
  ['a first deploy, or the end of another', [green], /^--resume goes on$/],
  ['the new app is gone', [blue], /^once .* instances .* without --resume/],
  ['all are gone', [], /without --resume/],
])('%s', (_, apps, expected) => expect(adviceFor({ apps }, { fresh: '/x-green' })).toMatch(expected));
