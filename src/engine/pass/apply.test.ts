import { expect, it } from 'vitest';
import { settingsOf, snapshotOf } from '../../../test/support/rendering/golden.ts';
import type { Applier } from '../../haproxy/applier.ts';
import { render } from '../../render/render.ts';
import { createLibrary } from '../../render/templates/library.ts';
import { createOrigin } from '../alerts/common-fault.ts';
import { apply, type ApplyContext } from './apply.ts';
import { decide, type Decision, NO_PAST, type Render } from './decide.ts';
import { createPassState, type PassState } from './state.ts';

const options = { args: ['--group', 'external'] };
const settings = settingsOf(options);
const library = createLibrary(settings.render);
const renderAll: Render = (services) => render(services, settings.render, library);

/** The decision for apps with tasks of these ports. */
function decisionOf(...apps: readonly (readonly number[])[]): Decision {
  const snapshot = snapshotOf(
    apps.map((ports, at) => ({
      id: `/app-${at}`,
      labels: { HAPROXY_GROUP: 'external' },
      portDefinitions: [{ port: 10_000 + at }],
      tasks: ports.map((port) => ({ id: `task-${port}`, host: '127.0.0.1', ports: [port], state: 'TASK_RUNNING' })),
    })),
    options,
  );
  return decide(snapshot, NO_PAST, { model: settings.model, render: renderAll });
}

function contextOf(calls: string[], change: Partial<Applier> = {}, cleanup = true): ApplyContext {
  const applier: Applier = {
    onDisk: async () => ({ config: undefined, files: new Map() }),
    apply: async () => {
      calls.push('reload');
      return { kind: 'reload', reasons: [], attempts: 1 };
    },
    change: async (_, { ops }) => {
      calls.push(...ops.map(({ kind }) => kind));
      return { kind: 'runtime', commands: ['x'] };
    },
    check: async () => {
      calls.push('check');
      return [];
    },
    reconcile: async () => {
      calls.push('reconcile');
      return { kind: 'unchanged' };
    },
    isRestarted: async () => false,
    reloadAllowedIn: () => 0,
    figures: async () => ({ oldWorkers: 0, leaving: 0 }),
    flush: async () => {},
    hasPendingReload: () => false,
    keepRejected: async () => {},
    reloadOnDisk: async () => ({ kind: 'unchanged' }),
    [Symbol.asyncDispose]: async () => {},
    ...change,
  };
  return {
    applier,
    render: renderAll,
    cleanup,
    origin: createOrigin(settings.render),
    lastGood: undefined,
    notes: {
      time: (_, work) => work(),
      measure: (_, work) => work(),
      refusals: [],
      compared: undefined,
      onDisk: undefined,
      againInMs: undefined,
    },
    signal: new AbortController().signal,
    repairsDrift: false,
    dirtySet: undefined,
    decideAgain: async () => undefined,
  };
}

/** The state of a HAProxy that runs this. */
function running({ document, services }: Decision): PassState {
  return Object.freeze({ ...createPassState(), current: document, live: services, served: services });
}

const before = decisionOf([31_001, 31_002]);
const fewer = decisionOf([31_001]);
const withNewApp = decisionOf([31_001], [31_101]);

it('runs commands if they are enough, and leaves the state that it was given alone', async () => {
  const calls: string[] = [];
  const given = running(before);
  const { state, outcome } = await apply(given, fewer, contextOf(calls));
  expect(outcome).toMatchObject({ kind: 'runtime' });
  expect(calls).toEqual(['remove']);
  expect(state).toMatchObject({ current: fewer.document, served: fewer.services, report: { services: 1, servers: 1 } });
  expect(given.current).toBe(before.document);
});

it('applies what needs no reload, checks the rest, and reloads', async () => {
  const calls: string[] = [];
  const { state, outcome } = await apply(running(before), withNewApp, contextOf(calls));
  expect(outcome).toMatchObject({ kind: 'reload' });
  expect(calls).toEqual(['remove', 'check', 'reload']);
  expect([...(state.lastGood ?? [])].map(([key]) => key)).toEqual(['/app-0#0', '/app-1#0']);
});

it('waits if no reload is allowed yet', async () => {
  const calls: string[] = [];
  const { state, outcome } = await apply(running(before), withNewApp, contextOf(calls, { reloadAllowedIn: () => 50 }));
  expect(outcome).toMatchObject({ kind: 'postponed', retryInMs: 50, commands: ['x'] });
  expect(calls).toEqual(['remove']);
  expect(state.served).toBe(before.services);
});

it('returns what was done before a failure', async () => {
  const calls: string[] = [];
  const fails = { apply: () => Promise.reject(new Error('disk full')) };
  const { state, outcome } = await apply(running(before), withNewApp, contextOf(calls, fails));
  expect(outcome).toMatchObject({ kind: 'failed', error: { message: 'disk full' } });
  expect(state.current).not.toBe(before.document);
  expect(state.served).toBe(before.services);
  expect(state.lastGood?.size).toBe(2);
});

it('reloads after a refused command, also in the next pass if that reload has to wait', async () => {
  const calls: string[] = [];
  const refuses: Partial<Applier> = {
    change: async (_, { reasons }) => ({ kind: 'refused', reasons: [...reasons, 'no'] }),
    reloadAllowedIn: () => 50,
  };
  const first = contextOf(calls, refuses);
  const { state } = await apply(running(before), fewer, first);
  expect(first.notes.refusals).toEqual(['no']);
  expect(state.pendingReload).toContain('no');
  const next = await apply(state, before, contextOf(calls));
  expect(next.outcome.kind).toBe('reload');
  expect(next.state.pendingReload).toBeUndefined();
  expect(calls).toEqual(['check', 'reload']);
});

it('compares HAProxy with the document if drift is repaired', async () => {
  const calls: string[] = [];
  await apply(running(before), before, { ...contextOf(calls), repairsDrift: true });
  await apply(running(before), fewer, { ...contextOf(calls), repairsDrift: true });
  expect(calls).toEqual(['reconcile', 'remove', 'reconcile']);
});
