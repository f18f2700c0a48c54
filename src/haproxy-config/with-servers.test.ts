import { expect, it } from 'vitest';
import { withServersOf } from './with-servers.ts';

it('takes the servers of now for the rules of then', () => {
  const then = `global
  x
backend a
  balance source
  server one 10.0.0.1:1
  server two 10.0.0.2:1
  # end

backend gone
  server three 10.0.0.3:1
backend plain
  mode http
`;
  const now = 'backend a\n  balance roundrobin\n  server four 10.0.0.4:1 check\nbackend new\n  server five 10.0.0.5:1\n';
  expect(withServersOf(then, now)).toEqual({
    text: `global
  x
backend a
  balance source
  server four 10.0.0.4:1 check
  # end

backend gone
  server three 10.0.0.3:1
backend plain
  mode http
`,
    kept: ['gone'],
  });
});
