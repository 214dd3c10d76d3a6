// The tests that need neither a browser nor the service. How long one may take says that it hangs, and nothing of how fast the page is: what
// closes drafts takes a second of a processor on purpose, and a busy machine has not always one.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    include: ['test/unit/**/*.test.{ts,tsx}'],
    environment: 'node',
    setupFiles: ['test/unit/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
