import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesOf } from './event-types.ts';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../test/fixtures/marathon/${name}`, import.meta.url), 'utf8'));

describe('changesOf', () => {
  test.each(['1.3', '1.4', '1.11'])('each relevant event of Marathon %s names its app, or all', (version) => {
    const events = fixture(`canon-events-${version}.json`);
    const all = (Array.isArray(events) ? events : Object.values(events as object)) as { eventType: string }[];
    const said = all.flatMap((event) => changesOf(event, 1));
    const causes = new Set(said.filter(({ workload }) => workload !== undefined).map(({ cause }) => cause));
    const unnamed = new Set(said.filter(({ workload }) => workload === undefined).map(({ cause }) => cause));
    for (const cause of ['status_update_event', 'health_status_changed_event']) expect(causes).toContain(cause);
    for (const cause of unnamed) expect(cause).toMatch(/^scheduler_(re)?registered_event$/);
  });

  test('says task and state of a status update', () => {
    const event = { eventType: 'status_update_event', appId: '/a', taskId: 'a.1', taskStatus: 'TASK_KILLING' };
    expect(changesOf(event, 7)).toEqual([
      { kind: 'changed', workload: '/a', cause: 'status_update_event', taskId: 'a.1', taskStatus: 'TASK_KILLING', at: 7 },
    ]);
  });

  test.each([
    [{ eventType: 'api_post_event', appDefinition: { id: '/a' } }, ['/a']],
    [{ eventType: 'instance_health_changed_event', runSpecId: '/a', instanceId: 'a.marathon-1' }, ['/a']],
    [{ eventType: 'app_terminated_event', appId: '/a' }, ['/a']],
    [{ eventType: 'group_change_success', groupId: '/' }, []],
    [
      {
        eventType: 'deployment_info',
        plan: { steps: [{ actions: [{ app: '/a' }, { app: '/b' }] }, { actions: [{ app: '/a' }, { pod: '/p' }] }] },
      },
      ['/a', '/b', '/p'],
    ],
    [{ eventType: 'deployment_success', id: 'x' }, [undefined]],
    [{ eventType: 'status_update_event', appId: 5 }, [undefined]],
    // Half of a pair can stand in JSON, but in no URL.
    [{ eventType: 'status_update_event', appId: '/\ud800' }, [undefined]],
    [{ eventType: 'event_stream_attached' }, []],
    [{ eventType: 'framework_message_event', appId: '/a' }, []],
    [{ appId: '/a' }, []],
    ['status_update_event', []],
    [null, []],
  ])('%j is about %j', (event, apps) => {
    expect(changesOf(event, 0).map(({ workload }) => workload)).toEqual(apps);
  });

  test('never throws', () => {
    const types = fc.constantFrom('deployment_info', 'api_post_event', 'status_update_event');
    const plan = fc.record({ steps: fc.array(fc.oneof(fc.jsonValue(), fc.record({ actions: fc.jsonValue() }))) });
    fc.assert(
      fc.property(types, fc.oneof(fc.jsonValue(), plan), fc.jsonValue(), (eventType, plan, other) => {
        for (const { workload } of changesOf({ eventType, plan, appDefinition: other, appId: other }, 0)) {
          expect(workload === undefined || workload.startsWith('/')).toBe(true);
        }
      }),
    );
  });
});
