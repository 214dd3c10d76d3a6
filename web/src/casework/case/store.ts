// The case that is open. Its pages share what was read, so that going from one to the next opens nothing anew: every opening is on record.

import { computed, effect } from '@preact/signals';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { client, ok, type Problem } from '../../lib/api.ts';
import { onLeaving } from '../../lib/leaving.ts';
import { useChanges } from '../../lib/live.ts';
import { session } from '../../lib/session.ts';
import { asProblem, type Loaded } from '../loading.ts';
import type { AccessPurpose, Case, Timeline } from '../model.ts';

/** Which case is read, and how. */
export interface Asked {
  id: string;
  asOf: string | null; // as it was known at this moment; null for now
  purpose: string | null; // for which sealed classes are opened; null for the usual one of the role
}

/** A case that was read. */
export interface Opened extends Asked {
  found: Case;
  timeline: Timeline;
}

let kept: Opened | null = null; // the case read last

const who = computed(() => session.value?.user.id);
effect(() => {
  void who.value; // another one's, or nobody's
  kept = null;
});
onLeaving(() => { kept = null; });

/** Forgets a case that was read, since a command has moved it: the next page reads it as it is. */
export function moved(id: string): void {
  if (kept?.id === id) kept = null;
}

function same(a: Asked, b: Asked): boolean {
  return a.id === b.id && a.asOf === b.asOf && a.purpose === b.purpose;
}

/** Which case the parameters of a page name. */
export function asked(id: string, query: URLSearchParams): Asked {
  return { id, asOf: query.get('as_of'), purpose: query.get('purpose') };
}

/** Reads the course of a case. */
export function readTimeline({ id, asOf, purpose }: Asked, signal?: AbortSignal): Promise<Timeline> {
  return ok(client.GET('/api/v1/cases/{id}/timeline', { params: parameters(id, asOf, purpose), signal: signal ?? null }));
}

async function read(about: Asked, signal: AbortSignal): Promise<Opened> {
  const { id, asOf, purpose } = about;
  const [found, timeline] = await Promise.all([
    ok(client.GET('/api/v1/cases/{id}', { params: parameters(id, asOf, purpose), signal })),
    readTimeline(about, signal),
  ]);
  return { ...about, found, timeline };
}

function parameters(id: string, asOf: string | null, purpose: string | null) {
  return {
    path: { id }, query: asOf === null ? {} : { as_of: asOf },
    header: purpose === null ? {} : { 'Songtor-Purpose': purpose as AccessPurpose },
  };
}

export interface UsedCase {
  opened: Loaded<Opened>;
  /** Whether the service was asked since the page came: what another page had read is shown before that. */
  fresh: boolean;
  /** Reads the case again where it has moved. */
  refresh: () => Promise<void>;
}

/** The case of a page, kept as it is in the service for as long as the page is shown. */
export function useCase({ id, asOf, purpose }: Asked): UsedCase {
  const [shown, setShown] = useState<Loaded<Opened>>(() => beginning({ id, asOf, purpose }));
  const [fresh, setFresh] = useState(false);
  const wanted = useRef(new AbortController());
  const last = useRef<Promise<void>>(Promise.resolve());

  // One read after the other: what is asked for while the case is being opened only looks afterwards whether it has moved.
  const refresh = useCallback(() => {
    const about = { id, asOf, purpose };
    const { signal } = wanted.current;
    last.current = last.current.then(async () => {
      if (signal.aborted) return;
      try {
        const opened = await latest(about, signal);
        if (signal.aborted) return;
        kept = opened;
        setShown({ state: 'ready', value: opened });
      } catch (error) {
        if (signal.aborted) return;
        setShown((before) => failed(before, about, asProblem(error)));
      }
      setFresh(true);
    });
    return last.current;
  }, [id, asOf, purpose]);

  useEffect(() => {
    wanted.current = new AbortController();
    setShown(beginning({ id, asOf, purpose }));
    setFresh(false);
    void refresh();
    return () => wanted.current.abort();
  }, [refresh]);
  useChanges(useCallback(() => (asOf === null ? refresh() : undefined), [asOf, refresh]));
  return { opened: shown, fresh, refresh };
}

function beginning(about: Asked): Loaded<Opened> {
  return kept !== null && same(kept, about) ? { state: 'ready', value: kept } : { state: 'loading' };
}

// Reading a case opens what is sealed in it, so one that is known is read again only when it has moved.
async function latest(about: Asked, signal: AbortSignal): Promise<Opened> {
  const known = kept;
  if (known === null || !same(known, about)) return read(about, signal);
  if (about.asOf !== null) return known; // the past does not move
  const { position } = await readTimeline(about, signal);
  return position === known.timeline.position && !ended(known.found) ? known : read(about, signal);
}

// Whether a grant that was running when the case was read has ended since: the case is then shown as to everybody else.
function ended({ glass }: Case): boolean {
  return glass.some(({ running, until }) => running && Date.parse(until) <= Date.now());
}

function failed(before: Loaded<Opened>, about: Asked, problem: Problem): Loaded<Opened> {
  const passing = problem.status === 0 || problem.status >= 500 || problem.status === 429;
  if (passing && before.state === 'ready' && same(before.value, about)) return before;
  if (kept !== null && same(kept, about)) kept = null;
  return { state: 'failed', problem };
}
