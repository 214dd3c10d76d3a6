// What happens in its own time, as after a message to another tab.

import { vi } from 'vitest';

/** Resolves when what is expected holds; a busy machine may need longer for it than Vitest waits by itself, which is a second. */
export const eventually = (expectation: () => unknown): Promise<unknown> => vi.waitFor(expectation, { timeout: 60_000 });
