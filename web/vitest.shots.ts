// Makes the screenshots, in the system's Chromium against the real service.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/shots/run.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
