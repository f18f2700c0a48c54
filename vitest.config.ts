import { defineConfig } from 'vitest/config';

/** Most of the time these wait for processes: two files at once, on whatever machine. */
const AFTER_UNIT = { sequence: { groupOrder: 1 }, maxWorkers: 2 };

/** These need fixed ports of the machine, or count each failed request while tasks start and stop: on a busy machine health checks run out of time. */
const ALONE = ['test/live/{admin-socket,demo,zdd,zdd-adoption,zdd-interrupted,zdd-trouble}.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      // Pure: no HAProxy, no built program. First, and on all cores: nothing in them depends on a quiet machine.
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,sim}/**/*.test.ts'],
          exclude: ['src/**/*.haproxy.test.ts'],
          isolate: false,
          maxWorkers: '100%',
        },
      },
      // These run one HAProxy, without Marathon.
      { extends: true, test: { name: 'haproxy', ...AFTER_UNIT, include: ['src/**/*.haproxy.test.ts'] } },
      // These run the built program.
      {
        extends: true,
        test: {
          name: 'whole',
          ...AFTER_UNIT,
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          globalSetup: ['test/support/program/build.ts'],
        },
      },
      // So do these, one after the other.
      {
        extends: true,
        test: {
          name: 'alone',
          sequence: { groupOrder: 2 },
          maxWorkers: 1,
          include: ALONE,
          globalSetup: ['test/support/program/build.ts'],
        },
      },
    ],
  },
});
