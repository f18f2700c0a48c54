import { defineConfig } from 'vitest/config';

/** Most of the time these wait for processes: two files at once, on whatever machine. */
const AFTER_UNIT = { sequence: { groupOrder: 1 }, maxWorkers: 2 };

const FIXED_PORTS = ['test/live/admin-socket.test.ts', 'test/live/demo.test.ts'];

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
          exclude: FIXED_PORTS,
          globalSetup: ['test/support/program/build.ts'],
        },
      },
      // So do these, which need ports that any program takes for which no other one is given.
      {
        extends: true,
        test: {
          name: 'alone',
          sequence: { groupOrder: 2 },
          maxWorkers: 1,
          include: FIXED_PORTS,
          globalSetup: ['test/support/program/build.ts'],
        },
      },
    ],
  },
});
