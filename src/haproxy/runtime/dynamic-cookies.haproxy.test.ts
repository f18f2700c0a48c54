import { expect, test } from 'vitest';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { fetchText, type Line, startHaproxy, startTasks } from '../../../test/support/haproxy/live-haproxy.ts';

const runtime = { kind: 'runtime' };

test.each(HAPROXIES)('servers are added and moved without a reload, each with its cookie: %s', async (binary) => {
  await using haproxy = await startHaproxy(binary);
  await using tasks = await startTasks(3);
  const [one = 0, two = 0, three = 0] = tasks.ports;
  const sticky = {
    backend: '  balance roundrobin\n  dynamic-cookie-key marathon-lb\n  cookie srv insert indirect nocache dynamic\n',
  };
  const cookies = async (): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    for (let at = 0; at < 6; at += 1) {
      const answer = await fetch(`http://127.0.0.1:${haproxy.port}/`);
      found.set(await answer.text(), answer.headers.get('set-cookie')?.split(';')[0] ?? '');
    }
    return found;
  };
  await haproxy.bring(haproxy.doc([['s1', one]], sticky));
  const both: Line[] = [
    ['s1', one],
    ['s2', two],
  ];
  expect(await haproxy.bring(haproxy.doc(both, sticky))).toMatchObject(runtime);
  const first = await cookies();
  expect([...first.keys()].toSorted()).toEqual(['t0', 't1']);
  expect(new Set(first.values()).size).toBe(2);
  for (const [task, cookie] of first) {
    expect(cookie).toMatch(/^srv=[0-9a-f]{16}$/);
    for (let at = 0; at < 3; at += 1) expect(await fetchText(haproxy.port, '/', { headers: { cookie } })).toBe(task);
  }
  const moved: Line[] = [
    ['s1', one],
    ['s2', three],
  ];
  expect(await haproxy.bring(haproxy.doc(moved, sticky))).toMatchObject(runtime);
  const cookie = (await cookies()).get('t2') ?? '';
  expect(cookie).toMatch(/^srv=[0-9a-f]{16}$/);
  expect(await fetchText(haproxy.port, '/', { headers: { cookie } })).toBe('t2');
});
