// A new interview.

import type { Draft } from '../draft.ts';
import { currentTime } from '../../lib/clock.ts';
import { language } from '../../lib/i18n.ts';

/** A draft of an interview that begins now, with a form of this version and hash. */
export function newDraft(form: { name: string; version: number; hash: string }): Draft {
  const now = currentTime().toISOString();
  return {
    id: crypto.randomUUID(), form: form.name, version: form.version, hash: form.hash, officerLanguage: language.value, personLanguage: '',
    startedAt: now, updatedAt: now, answers: {},
  };
}
