// Where a phone begins: to set it up, to unlock it, or what is on it.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { later, Trouble } from '../parts/index.ts';
import { Overview } from './pages/overview.tsx';
import { Unlock } from './pages/unlock.tsx';
import { begin } from './store/index.ts';
import { lockState } from './store/lock.ts';

const failure = signal<unknown>(null);

/** Draws what an unlocked phone shows, or what stands before it. */
export function OnPhone({ children }: { children: () => preact.ComponentChild }) {
  useEffect(() => { void start(); }, []);
  if (failure.value !== null) return <Trouble error={failure.value} again={() => void start()} />;
  switch (lockState.value) {
    case 'unknown':
      return <div class="waiting" aria-busy="true" />;
    case 'none':
      return <SetUp />;
    case 'locked':
      return <Unlock />;
    case 'open':
      return <>{children()}</>;
  }
}

async function start(): Promise<void> {
  failure.value = null;
  try {
    await begin();
  } catch (error) {
    failure.value = error;
  }
}

export default function Home() {
  return <OnPhone>{() => <Overview />}</OnPhone>;
}

// A phone is set up once: what that takes is loaded then.
const SetUp = later(() => import('./pages/setup.tsx').then((module) => module.SetUp));
