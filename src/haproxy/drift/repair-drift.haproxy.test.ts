import { appendFile, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { fetchText, startHaproxy, startTasks, until } from '../../../test/support/haproxy/live-haproxy.ts';
import { print } from '../../render/document.ts';
import type { MapFile } from '../../render/files/map.ts';
import { FOREIGN } from './repair-drift.ts';

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

  test('a server that somebody has take requests while it leaves is taken out all the same', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(2);
    const [one = 0, two = 0] = tasks.ports;
    await haproxy.bring(haproxy.doc([['s1', one]]));
    const slow = fetchText(haproxy.port, '/slow?700');
    await until(async () => (await haproxy.ask('show sess')).includes('s1'));
    await haproxy.bring(haproxy.doc([['s2', two]]));
    await haproxy.ask('set server b/s1 state ready');
    await until(async () => (await haproxy.servers()).every((server) => server.name === 's2' || server.maintenance));
    expect(await slow).toBe('t0');
    await until(async () => (await haproxy.names()).join() === 's2');
    expect(haproxy.lines).toEqual([]);
  });

  test('files that somebody changed are said, once, and put back', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(1);
    const files: MapFile[] = [{ kind: 'map', name: 'domain2backend.map', entries: [['a.test', 'b']] }];
    const rule = `  use_backend %[req.hdr(host),map(${join(haproxy.folder, 'domain2backend.map')})]\n`;
    const doc = haproxy.doc([['s1', tasks.ports[0] ?? 0]], { rule, files });
    const map = join(haproxy.folder, 'domain2backend.map');
    await haproxy.bring(doc);
    expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toEqual({ kind: 'unchanged' });

    await appendFile(haproxy.config, '# mine\n');
    await appendFile(map, 'x.test b\n');
    expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toEqual({ kind: 'unchanged' });
    expect(await readFile(haproxy.config, 'utf8')).toBe(print(doc));
    expect(await readFile(map, 'utf8')).toBe('a.test b\n');
    expect(haproxy.lines).toEqual([
      expect.stringMatching(
        /domain2backend\.map was changed by another program or by hand; the change is undone:\n[^]*\n-x\.test b/,
      ),
      expect.stringMatching(/haproxy\.cfg was changed by another program or by hand; the change is undone:\n[^]*\n-# mine/),
    ]);

    const now = new Date();
    await utimes(haproxy.config, now, now);
    await rm(map);
    expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toEqual({ kind: 'unchanged' });
    expect(await readFile(map, 'utf8')).toBe('a.test b\n');
    expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toEqual({ kind: 'unchanged' });
    expect(haproxy.lines).toHaveLength(3);
    expect(haproxy.reloads()).toBe(1);
  });

  const REFUSED = { kind: 'refused', reasons: [FOREIGN] };
  test.each([
    ['an event', false, false, { kind: 'reload', reasons: [expect.anything(), FOREIGN] }],
    ['a resync', false, true, REFUSED],
    ['a resync after their file was written over', true, true, REFUSED],
  ])(
    'a HAProxy that somebody reloaded with files of theirs is reloaded: found at %s',
    async (_, isWrittenOver, isResync, outcome) => {
      await using haproxy = await startHaproxy(binary);
      await using tasks = await startTasks(2);
      const [one = 0, two = 0] = tasks.ports;
      const doc = haproxy.doc([['s1', one]]);
      const next = haproxy.doc([
        ['s1', one],
        ['s2', two],
      ]);
      await haproxy.bring(doc);
      if (isWrittenOver) await haproxy.bring(next);
      const theirs = '  http-request return status 200 content-type text/plain string theirs\n  default_backend b';
      await writeFile(haproxy.config, print(doc).replace('  default_backend b', theirs));
      await haproxy.reloadByHand();
      expect(await fetchText(haproxy.port)).toBe('theirs');
      if (isWrittenOver) await haproxy.applier.flush();

      const found = await (isResync
        ? haproxy.applier.reconcile(isWrittenOver ? next : doc, haproxy.signal)
        : haproxy.bring(next));
      expect(found).toMatchObject(outcome);
      await haproxy.applier.apply(next, { signal: haproxy.signal, force: true });
      expect(await fetchText(haproxy.port)).toMatch(/^t\d$/);
      expect(await haproxy.applier.reconcile(next, haproxy.signal)).toEqual({ kind: 'unchanged' });
    },
  );
});

test('without changes at run time nobody knows what HAProxy runs then: it is reloaded', async () => {
  await using haproxy = await startHaproxy(HAPROXIES[0] ?? '', { runtimeUpdates: false });
  await using tasks = await startTasks(1);
  const doc = haproxy.doc([['s1', tasks.ports[0] ?? 0]]);
  await haproxy.bring(doc);
  expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toEqual({ kind: 'unchanged' });
  await appendFile(haproxy.config, '# mine\n');
  expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toEqual({ kind: 'refused', reasons: [FOREIGN] });
  expect(await haproxy.applier.apply(doc, { signal: haproxy.signal, force: true })).toMatchObject({ kind: 'reload' });
  expect(await haproxy.applier.reconcile(doc, haproxy.signal)).toEqual({ kind: 'unchanged' });
});
