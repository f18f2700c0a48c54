import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      // These run the built program.
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts'], globalSetup: ['test/support/build.ts'] } },
    ],
  },
});
