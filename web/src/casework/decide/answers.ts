// From what somebody answered to what the service is sent, and what is missing on the way.

import { momentFrom } from '../../lib/dates.ts';
import { europeanDigits } from '../../lib/digits.ts';
import type { Place } from '../../lib/api.ts';
import { type About, type Answer, type Answers, asked, type CommandForm, type Dissent, type Item, type Moment, type Question, type Step } from './steps.ts';

/** Why an answer cannot be taken: there is none, or it is not what was asked for. */
export type Wrong = 'missing' | 'moment' | 'amount' | 'id' | 'either' | 'incomplete' | 'refused';

/** What is wrong with the answer to a field. */
export interface WrongField {
  field: string;
  why: Wrong;
}

/** The field for when it happened: it is asked beside the steps, because now is nearly always right. */
export const happenedAt = 'occurred_at';

const nothing: Moment = { day: '', month: '', year: '', time: '' };

/** What is written before anything was answered. */
export function blank(kind: Question['kind']): Answer {
  if (kind === 'moment') return nothing;
  return kind === 'many' || kind === 'agencies' || kind === 'items' || kind === 'dissents' ? [] : '';
}

/** Whether a question was left unanswered. */
export function empty(answer: Answer | undefined): boolean {
  if (answer === undefined) return true;
  if (typeof answer === 'string') return answer.trim() === '';
  return 'day' in answer ? Object.values(answer).every((part) => part.trim() === '') : answer.length === 0;
}

/** What is wrong with the answers of a step. */
export function wrongIn(step: Step, about: About): WrongField[] {
  const found = step.questions.map((question) => ({ field: question.field, why: wrongWith(question, about) }));
  const wrong = found.filter((one): one is WrongField => one.why !== null);
  return [...wrong, ...halfGiven(step, about.answers), ...neither(step, about.answers)];
}

function wrongWith(question: Question, { answers }: About): Wrong | null {
  const answer = answers[question.field];
  if (empty(answer)) return question.required ? 'missing' : null;
  switch (question.kind) {
    case 'moment':
      return momentFrom(answer as Moment) === null ? 'moment' : null;
    case 'items':
      return (answer as Item[]).every(({ amount }) => satang(amount) !== null) ? null : 'amount';
    case 'dissents':
      return (answer as Dissent[]).every((one) => one.agency && one.outcome && one.reasons.trim()) ? null : 'incomplete';
    default:
      return (question.field === 'other' || question.field === 'account') && idIn(answer as string) === null ? 'id' : null;
  }
}

// Who gives one part of something gives all of it: a name without the number of the paper says nothing.
function halfGiven({ questions }: Step, answers: Answers): WrongField[] {
  const parts = questions.filter(({ field, required }) => field.includes('.') && !required);
  const left = parts.filter(({ field }) => empty(answers[field]));
  return left.length === parts.length ? [] : left.map(({ field }) => ({ field, why: 'missing' }));
}

// An accusation is of an agency or of an account.
function neither({ name }: Step, answers: Answers): WrongField[] {
  return name === 'accused' && empty(answers.agency) === empty(answers.account) ? [{ field: 'agency', why: 'either' }] : [];
}

/** What the service is sent: of the steps that are asked, what was answered. */
export function bodyOf(form: CommandForm, about: About): Record<string, unknown> {
  const body: Record<string, unknown> = { ...form.fixed };
  for (const step of applying(form, about)) {
    for (const question of step.questions) {
      const value = valueOf(question, about);
      if (value !== undefined) put(body, question.field, value);
    }
  }
  const at = about.answers[happenedAt];
  const moment = form.immediate || empty(at) ? null : momentFrom(at as Moment);
  return moment === null ? body : { ...body, [happenedAt]: moment };
}

// The steps that are asked, and those that the case answers by itself.
function applying(form: CommandForm, about: About): Step[] {
  const shown = new Set(asked(form, about));
  return form.steps.filter((step) => shown.has(step) || (step.when?.(about) ?? true));
}

function valueOf(question: Question, about: About): unknown {
  const answer = about.answers[question.field];
  const only = question.thing ? question.options?.(about) : undefined;
  if (empty(answer)) return only?.length === 1 && question.required ? only[0]?.value : undefined;
  switch (question.kind) {
    case 'yesno':
      return answer === 'true';
    case 'moment':
      return momentFrom(answer as Moment) ?? undefined;
    case 'many':
      return offered(question, about, answer as string[]);
    case 'lines':
      return (answer as string).split('\n').map((line) => line.trim()).filter((line) => line !== '');
    case 'agencies':
      return (answer as string[]).map((agency) => ({ agency }));
    case 'items':
      return (answer as Item[]).map(({ code, amount }) => ({ code, amount: satang(amount) }));
    case 'dissents':
      return answer;
    default:
      return written(question, (answer as string).trim());
  }
}

function written({ field, sends }: Question, answer: string): string {
  if (field === 'other' || field === 'account') return idIn(answer) ?? answer;
  return sends?.[answer] ?? answer;
}

// What was ticked before the receiver was changed may no longer be on offer.
function offered({ options }: Question, about: About, chosen: string[]): string[] {
  const offers = options?.(about).map(({ value }) => value) ?? [];
  return offers.length === 0 ? chosen : chosen.filter((value) => offers.includes(value));
}

/** Whether what was chosen of a list is on it still: the case may have moved since. Where a list has not come yet, nothing is known of it. */
export function stillOffered({ field, kind, options }: Question, about: About): boolean {
  const offers = kind === 'one' || kind === 'select' ? options?.(about) ?? [] : [];
  return offers.length === 0 || offers.some(({ value }) => value === about.answers[field]);
}

function put(body: Record<string, unknown>, field: string, value: unknown): void {
  const [outer = '', inner] = field.split('.');
  if (inner === undefined) body[outer] = value;
  else body[outer] = { ...(body[outer] as object | undefined), [inner]: value };
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

// The id in a text, which may be the address of the case.
function idIn(text: string): string | null {
  return uuid.exec(text)?.[0].toLowerCase() ?? null;
}

/** An amount of baht, as somebody wrote it, in satang; null where it is none. */
export function satang(amount: string): number | null {
  const written = europeanDigits(amount).replaceAll(',', '');
  return /^\d{1,9}(\.\d{1,2})?$/.test(written) ? Math.round(Number(written) * 100) : null;
}

/** The fields that the service did not accept, of those that were asked. */
export function refusedFields(form: CommandForm, places: readonly Place[]): WrongField[] {
  const fields = [...form.steps.flatMap(({ questions }) => questions.map(({ field }) => field)), happenedAt];
  const named = places.map(({ pointer = '' }) => fields.find((field) => pointer === `/${field.replace('.', '/')}` || pointer.startsWith(`/${field}/`)));
  return [...new Set(named)].filter((field) => field !== undefined).map((field) => ({ field, why: 'refused' }));
}
