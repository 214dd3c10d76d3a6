// The page with a phone in memory: the interview by itself, without the service and without what a phone keeps. For tests only.

import '../../src/style/main.scss';

import { effect } from '@preact/signals';
import { render } from 'preact';

import { language, loadTexts } from '../../src/lib/i18n.ts';
import { followLinks } from '../../src/lib/route.ts';
import { standing } from '../../src/lib/session.ts';
import { Problem } from '../../src/lib/api.ts';
import type { Draft, ScreeningBody } from '../../src/responder/draft.ts';
import { newDraft } from '../../src/responder/form/begin.ts';
import type { CodeEntry, FormText, Json } from '../../src/responder/form/schema.ts';
import { keeping } from '../../src/responder/keeping.ts';
import { Shell } from '../../src/shell/shell.tsx';

declare global {
  interface Window {
    /** What the phone in memory has, for the tests to look at. */
    phone: { drafts: Map<string, Draft>; finished: ScreeningBody[]; saves: number; full: boolean };
  }
}

const storageKey = 'test.drafts'; // so that loading the page anew finds them
const drafts = new Map<string, Draft>(JSON.parse(sessionStorage.getItem(storageKey) ?? '[]') as [string, Draft][]);
const phone = { drafts, finished: [] as ScreeningBody[], saves: 0, full: false };
window.phone = phone;

async function read<T>(path: string): Promise<T | null> {
  const response = await fetch(path);
  return response.ok ? ((await response.json()) as T) : null;
}

keeping.value = {
  drafts: {
    take: () => Promise.resolve(() => undefined),
    list: () => Promise.resolve([...drafts.values()].map((draft) => ({ ...draft, keptUntil: draft.updatedAt }))),
    open: (id) => Promise.resolve(drafts.get(id) ?? null),
    save: (draft) => {
      if (phone.full) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
      drafts.set(draft.id, draft);
      phone.saves += 1;
      sessionStorage.setItem(storageKey, JSON.stringify([...drafts]));
      return Promise.resolve();
    },
    remove: (id) => {
      drafts.delete(id);
      return Promise.resolve();
    },
  },
  reference: {
    form: async (version) => (await read<Json>(`/schemas/screening/v${version}/schema.json`)) ?? null,
    text: (version, tag) => read<FormText>(`/schemas/screening/v${version}/text.${tag}.json`),
    codes: async (list) => (await read<{ items: CodeEntry[] }>(`/schemas/codes/${list}.json`))?.items ?? [],
    audio: (tag) => Promise.resolve({
      manifest: { language: tag, kind: 'tone', prompts: { explain: { file: 'tone.wav', bytes: 44 }, c_danger_now: { file: 'tone.wav', bytes: 44 } } },
      open: () => Promise.resolve(new Blob([], { type: 'audio/wav' })),
    }),
  },
  finish: (draft, body) => {
    phone.finished.push(body);
    drafts.delete(draft.id);
    return Promise.resolve();
  },
};

effect(() => { document.documentElement.lang = language.value; });
await loadTexts('common');
standing.value = { state: 'unreachable', problem: new Problem(0) };
if (location.pathname === '/') {
  const draft = newDraft({ name: 'screening', version: 1, hash: '' });
  drafts.set(draft.id, draft);
  history.replaceState(null, '', `/responder/drafts/${draft.id}`);
  dispatchEvent(new PopStateEvent('popstate'));
}
followLinks();
const page = document.getElementById('page');
if (page !== null) render(<Shell />, page);
