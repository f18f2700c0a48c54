import { describe, expect, test } from 'vitest';
import { HAPROXIES } from '../../test/support/haproxies.ts';
import { fetchText, startHaproxy, startTasks } from '../../test/support/live-haproxy.ts';

const runtime = { kind: 'runtime' };

describe.each(HAPROXIES)('with %s', (binary) => {
  test('what somebody changed by hand is said and mended', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(3);
    const [one = 0, two = 0, three = 0] = tasks.ports;
    const doc = haproxy.doc([
      ['s1', one],
      ['s2', two],
      ['s3', three, 'disabled'],
      ['s4', three],
    ]);
    await haproxy.bring(doc);
    await haproxy.ask(
      `disable server b/s1;set server b/s2 weight 7;set server b/s2 addr 127.0.0.1 port 9;enable server b/s3;disable server b/s4;del server b/s4;add server b/s9 127.0.0.1:${one}`,
    );
    expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toMatchObject(runtime);
    expect(haproxy.lines).toHaveLength(1);
    for (const part of [
      'b/s1 is in maintenance',
      `b/s2 has the address 127.0.0.1:9 instead of 127.0.0.1:${two}`,
      'b/s2 has weight 7 instead of 1',
      'b/s3 is not in maintenance',
      'b/s4 is missing',
      'b/s9 is there, but not in the configuration',
    ]) {
      expect(haproxy.lines[0]).toContain(part);
    }
    expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toEqual({ kind: 'unchanged' });
    expect(haproxy.reloads()).toBe(1);
  });

  test('what somebody switched off by hand is said and switched on again', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(2);
    const [one = 0, two = 0] = tasks.ports;
    const doc = haproxy.doc([
      ['s1', one],
      ['s2', two, 'check inter 1s'],
    ]);
    await haproxy.bring(doc);
    await haproxy.ask('set server b/s1 health down;disable health b/s2;set maxconn frontend f 3;disable frontend f');
    expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toMatchObject({
      commands: ['set server b/s1 health up', 'enable health b/s2', 'enable frontend f', 'set maxconn frontend f 100'],
    });
    expect(haproxy.lines).toHaveLength(1);
    for (const part of [
      'b/s1 is down, though nothing checks it',
      'b/s2 is not checked any more',
      'frontend f is disabled',
      'frontend f takes 3 connections instead of 100',
    ]) {
      expect(haproxy.lines[0]).toContain(part);
    }
    expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toEqual({ kind: 'unchanged' });
    expect(new Set([await fetchText(haproxy.port), await fetchText(haproxy.port)])).toEqual(new Set(['t0', 't1']));

    await haproxy.ask('shutdown frontend f');
    expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('frontend f is shut down'), 'only a new process opens frontend f again'],
    });
  });
});
