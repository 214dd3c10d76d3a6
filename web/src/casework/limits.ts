// The time limits of emergency access, as they are in force: what a page promises is what the service holds.

import { useCallback } from 'preact/hooks';

import { client, ok } from '../lib/api.ts';
import { useLoading } from './loading.ts';

/** The limits of emergency access in minutes, each null where none is set or known yet. */
export interface GlassLimits {
  reading: number | null;
  approval: number | null;
  review: number | null;
}

/** The limits that are in force. */
export function useGlassLimits(): GlassLimits {
  const { loaded } = useLoading('limits', useCallback((signal: AbortSignal) => ok(client.GET('/api/v1/limits', { signal })), []), false);
  const inForce = loaded.state === 'ready' ? loaded.value.in_force : {};
  const minutes = (name: string) => (inForce[name]?.hours === undefined ? null : Math.round(inForce[name].hours * 60));
  return { reading: minutes('break_glass'), approval: minutes('break_glass_approval'), review: minutes('break_glass_review') };
}
