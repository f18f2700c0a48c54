import { readFile, watch, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { JumpyClock } from './clock.ts';
import type { Disk } from './disk.ts';
import { expectHostsServed, fileFaults } from './findings.ts';
import { type Manner, relaySocket } from './relay.ts';
import type { World } from './world.ts';

/** What a disturbance works with. */
export interface Tools {
  /** Numbers from 0 up to 1. */
  random(this: void): number;
  /** Ends all changes of Marathon's apps, and waits until it is at rest: no event comes after that. */
  calm(this: void): Promise<void>;
}

/** One kind of thing that goes wrong. */
export interface Disturbance {
  readonly name: string;
  /** How often it kills the program. */
  readonly kills?: number;
  /** The program ends by itself where it cannot work, and says why; a service manager starts it again. */
  readonly mayEnd?: true;
  /** Makes it and takes it back, while Marathon's apps change until it is `calm`. */
  strike(world: World, tools: Tools): Promise<void>;
}

/** Milliseconds up to which the moment of a kill is drawn: a pass with a check and a reload is over by then, or a start. */
const MOMENTS = 1500;

export const killProgram: Disturbance = {
  name: 'the program is killed',
  kills: 1,
  strike: async (world, tools) => {
    await someMoment(world, tools);
    await killAndStart(world, tools);
  },
};

/** Again before it serves. */
export const killStart: Disturbance = {
  name: 'the program is killed, and once more while it starts',
  kills: 2,
  strike: async (world, tools) => {
    await killAndStart(world, tools);
    await someMoment(world, tools);
    await killAndStart(world, tools);
  },
};

export const killWorker: Disturbance = {
  name: "HAProxy's worker is killed",
  strike: async (world, tools) => {
    await beginChange(world, tools);
    const { master } = await world.haproxy();
    // It ends with its worker. At that moment a reload may bring another one, which was not seen.
    await world.eventually(async () => {
      if (!isRunning(master)) return;
      const now = await world.haproxy();
      if (now.master === master) for (const pid of now.workers) process.kill(pid, 'SIGKILL');
      throw new Error(`HAProxy ${master} goes on`);
    });
    await world.startHaproxy();
  },
};

export const killMaster: Disturbance = {
  name: "HAProxy's master is killed",
  strike: async (world, tools) => {
    await beginChange(world, tools);
    process.kill((await world.haproxy()).master, 'SIGKILL');
    await world.startHaproxy();
  },
};

/** Returns the disturbance that stops HAProxy, master and workers, for so many milliseconds. */
export function stopHaproxy(ms: number): Disturbance {
  return {
    name: `HAProxy stands still for ${ms / 1000} s`,
    strike: async (world, { calm }) => {
      const { master } = await world.haproxy();
      process.kill(-master, 'SIGSTOP');
      try {
        await Promise.all([sleep(ms), sleep(ms / 2).then(calm)]);
      } finally {
        process.kill(-master, 'SIGCONT');
      }
    },
  };
}

/** Returns the disturbance that has the runtime socket answer so for so many milliseconds, and until Marathon is at rest. */
export function relayed(manner: Manner, ms: number): Disturbance {
  const how = { late: 'up to 2.5 s late', half: 'with a part of the answer', never: 'not at all' }[manner];
  return {
    name: `the runtime socket answers ${how} for ${ms / 1000} s`,
    strike: async (world, { random, calm }) => {
      const [, socket = ''] = /stats socket (\S+)/.exec(await readFile(world.config, 'utf8')) ?? [];
      const aside = join(world.folder, 'relay');
      await using relay = await relaySocket(world.program().pid, { socket, aside, manner, random });
      await sleep(ms);
      await calm();
      expect(relay.questions()).toBeGreaterThan(0);
    },
  };
}

/** Returns the disturbances of a disk: servers of apps come and go all the same, for so many milliseconds before a kill and after it. */
export function ofDisk(disk: Disk, ms: number): readonly Disturbance[] {
  const meanwhile = async (world: World, tools: Tools): Promise<void> => {
    await sleep(ms);
    await world.eventually(() => expectHostsServed(world));
    expect(await fileFaults(world, { isCut: true })).toEqual([]);
    await killAndStart(world, tools);
    await sleep(ms);
    await tools.calm();
    expect(await fileFaults(world, { isCut: true })).toEqual([]);
  };
  return [
    {
      name: 'the disk is full, and the program is killed meanwhile',
      kills: 1,
      strike: async (world, tools) => {
        await disk.fill();
        try {
          await meanwhile(world, tools);
        } finally {
          await disk.free();
        }
      },
    },
    {
      name: 'files cannot be written, and the program is killed meanwhile',
      kills: 1,
      mayEnd: true,
      strike: async (world, tools) => {
        // Refused while a file is being written.
        await world.eventually(() => disk.setReadOnly(true));
        try {
          await expect(writeFile(world.config, '')).rejects.toThrow('EROFS');
          await meanwhile(world, tools);
        } finally {
          await disk.setReadOnly(false);
        }
      },
    },
  ];
}

/** Returns the disturbances of a clock, to be made in this order. */
export function ofClock(clock: Pick<JumpyClock, 'jumpTo'>, ms: number): readonly Disturbance[] {
  const jump = (name: string, seconds: number): Disturbance => ({
    name: `the clock jumps ${name}`,
    strike: async (world) => {
      await sleep(ms);
      await clock.jumpTo(seconds);
      await sleep(ms);
      await world.eventually(async () => {
        const journal = await readFile(join(dirname(world.config), 'state', 'journal.jsonl'), 'utf8');
        const { at } = JSON.parse(journal.trimEnd().split('\n').at(-1) ?? '') as { at: string };
        expect(Math.abs(Date.parse(at) - seconds * 1000 - Date.now())).toBeLessThan(10_000);
      });
    },
  });
  return [jump('an hour ahead', 3600), jump('an hour back', 0)];
}

/** Waits for a moment at random, or for one after files began to be written, or after the configuration was. */
async function someMoment(world: World, { random }: Tools): Promise<void> {
  const kind = ['any', 'files', 'configuration'][Math.floor(random() * 3)];
  if (kind === 'any') {
    await sleep(random() * MOMENTS);
    return;
  }
  const over = AbortSignal.timeout(MOMENTS);
  try {
    for await (const { filename } of watch(dirname(world.config), { signal: over })) {
      if (kind === 'files' || filename === basename(world.config)) break;
    }
  } catch (error) {
    if (!over.aborted) throw error;
  }
  await sleep(random() * 20);
}

/** In every other case all changes are over before it starts again. */
async function killAndStart(world: World, { random, calm }: Tools): Promise<void> {
  await world.killProgram();
  expect(await fileFaults(world, { isCut: true })).toEqual([]);
  if (random() < 0.5) await calm();
  else await sleep(random() * 500);
  world.startProgram();
}

/** Waits for a moment among many changes, or right after the last one: HAProxy's files are a little later than what it runs. */
async function beginChange(world: World, { random, calm }: Tools): Promise<void> {
  if (random() < 0.5) {
    await sleep(random() * MOMENTS);
    return;
  }
  await calm();
  const found = world.sim.tasks('/scaled').length;
  await world.marathon('PUT', '/v2/apps/scaled', { instances: found > 4 ? found - 2 : found + 2 });
  await world.eventually(() => expect(world.sim.tasks('/scaled')).not.toHaveLength(found));
  await sleep(random() * 600);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
