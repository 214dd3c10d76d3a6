// The tests in the system's Chromium against the real service, one file after the other: each starts servers.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: 'test/support/caseload.ts',
    environment: 'node',
    fileParallelism: false,
    // What hangs is found by the limit of each step (test/support/browser.ts), and not by how long a busy machine takes for all of them.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000, interval: 100 } },
  },
});
