// The form of a case that is being filled in or corrected at a desk. Its answers lie in the page's memory alone, like a decision's, and are
// gone with the tab.

import { signal } from '@preact/signals';

import { client, ok } from '../../lib/api.ts';
import { currentTime } from '../../lib/clock.ts';
import { language } from '../../lib/i18n.ts';
import type { Answers, Draft, ScreeningBody } from '../../responder/draft.ts';
import type { CodeListName } from '../../responder/form/lists.ts';
import { closeDraft, type Current, current, draft, loadForm, openAt } from '../../responder/form/current.ts';
import { body, relevant } from '../../responder/form/engine.ts';
import { tagOf } from '../../responder/form/languages.ts';
import { faultsNow, keyOf } from '../../responder/form/messages.ts';
import { openPerson } from '../../responder/form/person.ts';
import type { CodeEntry, FormText, Json } from '../../responder/form/schema.ts';
import type { Reference } from '../../responder/keeping.ts';
import type { Opened } from '../case/store.ts';
import { caseHref, formHref } from '../links.ts';
import type { Screening } from '../model.ts';
import { ownersAlone } from '../own.ts';

/** A form that is being filled in. */
export interface Filling {
  caseId: string;
  /** The form that is corrected; null for a further one. */
  screening: Screening | null;
  /** The answers as they stood. */
  before: Answers;
  /** The position at which the case was read. */
  basedOn: number;
  draft: string;
}

const filling = signal<Filling | null>(null);

ownersAlone(forget);
addEventListener('beforeunload', (event) => {
  const open = filling.peek();
  if (open !== null && changedKeys(open).length > 0) event.preventDefault();
});

/** Forgets what was filled in. */
export function forget(): void {
  if (draft.peek()?.id === filling.peek()?.draft) closeDraft();
  filling.value = null;
}

/** The form that is being filled in for a case, where it is the one asked for. */
export function fillingOf(caseId: string, screening: string | null): Filling | null {
  const open = filling.value;
  const same = open?.caseId === caseId && (open.screening?.screening_id ?? null) === screening && draft.value?.id === open.draft;
  return same ? open : null;
}

/** Opens a form of a case, with the answers as they stand; for a further one without answers. */
export async function begin({ found, timeline }: Opened, screening: Screening | null): Promise<void> {
  const version = (screening ?? found.screenings.at(-1))?.form_version ?? (await ok(client.GET('/api/v1/forms/screening'))).version;
  const before = { ...(screening?.answers as Answers | null), ...(screening?.identity as Answers | null) };
  const now = currentTime().toISOString();
  const filled: Draft = {
    id: crypto.randomUUID(), form: 'screening', version, hash: '', officerLanguage: language.value,
    personLanguage: tagOf(String(before.a_language?.value ?? '')) || language.value, startedAt: now, updatedAt: now, province: found.province, answers: before,
  };
  const [drawn] = await Promise.all([loadForm({ reference: fromService }, version), ...seldom()]);
  await openPerson(filled, fromService);
  const withheld = new Set(screening === null ? [] : missingIn(drawn, filled));
  openAt({ home: formHref(found.case_id, screening?.screening_id ?? null), back: { href: caseHref(found.case_id, 'screening'), text: found.case_reference }, withheld }, filled, drawn);
  filling.value = { caseId: found.case_id, screening, before, basedOn: timeline.position, draft: filled.id };
}

// The pages that an interview loads when somebody comes to them. A desk keeps none for later, when the service may have others.
function seldom(): Promise<unknown>[] {
  return [import('../../responder/form/row.tsx'), import('../../responder/form/show.tsx'), import('../../responder/form/when.tsx')];
}

// What a form that was accepted lacks is there, and is not shown to who reads it.
function missingIn({ form }: Current, filled: Draft): string[] {
  return faultsNow(form, filled).flatMap((fault) => (fault.keyword === 'required' ? keyOf(fault) ?? [] : []));
}

// What forms are made of, asked of the service. There are no recordings at a desk.
const fromService: Reference = {
  form: async (version) => (await ok(client.GET('/api/v1/forms/screening/{version}', { params: { path: { version } } }))).schema as unknown as Json,
  text: async (version, lang) => await ok(client.GET('/api/v1/forms/screening/{version}/text/{lang}', { params: { path: { version, lang: lang as 'th' } } })) as unknown as FormText,
  codes: async (list) => (await ok(client.GET('/api/v1/codes/{list}', { params: { path: { list: list as CodeListName } } }))).items as CodeEntry[],
  audio: () => Promise.resolve(null),
};

/** The questions whose answers are other than they were, in the order of the form. */
export function changedKeys({ before }: Filling): string[] {
  const [open, now] = [current.peek(), draft.peek()];
  if (open === null || now === null) return [];
  const after = relevant(open.form, now.answers);
  return open.form.sections.flatMap(({ items }) => items).filter((key) => !sameAnswer(before[key], after[key]));
}

function sameAnswer(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1))) : inner
  )) ?? '';
}

/** What is sent, and under which id: the same again is the same command, in every word. */
export interface Sending {
  key: string;
  said: string;
  form: ScreeningBody;
}

/** Puts together what is sent, or gives what was sent before where nothing has changed since. */
export function sendingOf(reason: string, before: Sending | null): Sending | null {
  const [open, now] = [current.peek(), draft.peek()];
  if (open === null || now === null) return null;
  const said = canonical([reason, now.answers, now.province, now.occurredAt]);
  return before?.said === said ? before : { key: crypto.randomUUID(), said, form: body(now, open.form, currentTime()) };
}
