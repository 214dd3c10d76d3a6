// Gives the pages of the area what they all need: the releases, the one that the address names, and words.

import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

import { client, ok } from '../lib/api.ts';
import { Trouble } from '../parts/index.ts';
import { Frame, type PageName, useWords } from './parts.tsx';
import { inOrder, type Release } from './release.ts';
import type { Words } from './words.ts';

const releases = signal<readonly Release[] | null>(null);
const failed = signal<unknown>(null);

async function learn(): Promise<void> {
  try {
    failed.value = null;
    releases.value = (await ok(client.GET('/api/v1/statistics/releases'))).items;
  } catch (error) {
    if (releases.value === null) failed.value = error; // a release never changes: what is here stays good
  }
}

export interface Found {
  words: Words;
  releases: readonly Release[];
  /** The release of the address, or the latest. */
  release: Release;
}

interface ReleasedProps {
  page: PageName;
  query: URLSearchParams;
  /** What is chosen beside the period; it is kept when the period is changed. */
  chosen?: Record<string, string | null>;
  children: (found: Found) => ComponentChildren;
}

/** A page of releases, or what stands in its way. */
export function Released({ page, query, chosen, children }: ReleasedProps) {
  const words = useWords();
  useEffect(() => { void learn(); }, []);
  if (failed.value !== null) return <Trouble error={failed.value} again={() => void learn()} />;
  const all = releases.value;
  if (all === null) return <div class="waiting" aria-busy="true" />;
  const release = all.find(({ id }) => id === query.get('period')) ?? inOrder(all).at(-1);
  if (!release) {
    return (
      <Frame page={page} releases={[]}>
        <h2 class="govuk-heading-m">{words.t('none.heading')}</h2>
        <p class="govuk-body">{words.t('none.text')}</p>
      </Frame>
    );
  }
  return <Frame page={page} releases={all} release={release} chosen={chosen}>{children({ words, releases: all, release })}</Frame>;
}
