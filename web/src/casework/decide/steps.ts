// How a command is given: the steps of questions, one to a page, in the order in which they are asked. The tables beside describe every
// command in these terms; the pages know nothing of any of them.

import type { Key } from '../../lib/i18n.ts';
import type { DateParts } from '../../lib/dates.ts';
import type { Case, Reader } from '../model.ts';

/** A moment as somebody writes it. */
export type Moment = DateParts & { time: string };
/** An amount for one thing, as somebody writes it. */
export interface Item { code: string; amount: string }
/** Who did not agree, with what they found instead. */
export interface Dissent { agency: string; outcome: string; reasons: string }

export type Answer = string | readonly string[] | Moment | readonly Item[] | readonly Dissent[];
/** What was answered up to now, by the fields of the command. */
export type Answers = Readonly<Record<string, Answer>>;

/** What a step is asked about. */
export interface About {
  found: Case;
  reader: Reader;
  answers: Answers;
}

/** One of the answers to choose from. */
export interface Choice {
  value: string;
  label: string;
  hint?: string;
}

/**
 * `line` and `text` are written, `one` and `many` chosen of a few, `select` of many, `agencies` are the seats of a team, `items` are
 * amounts of money, and `dissents` what members of a team found who did not agree.
 */
export type Kind = 'line' | 'text' | 'one' | 'many' | 'select' | 'yesno' | 'moment' | 'lines' | 'agencies' | 'items' | 'dissents';

/** A question, which gives the command one field. A name with a dot lies inside another: authority.name. */
export interface Question {
  field: string;
  kind: Kind;
  label: Key<'decide'>;
  hint?: Key<'decide'>;
  required: boolean;
  options?: (about: About) => Choice[];
  /** Whether it says which of the case's things the command is about: where there is one alone, it is not asked. */
  thing?: boolean;
  /** What is sent in the place of an answer, where that is another text. */
  sends?: Readonly<Record<string, string>>;
  /** What the case says of it now, in words: it is compared where the case has changed meanwhile. */
  stands?: (found: Case) => string | null;
}

/** A page of questions. */
export interface Step {
  name: string;
  questions: readonly Question[];
  /** The heading where there are several questions. */
  title?: Key<'decide'>;
  /** Whether it is asked at all. */
  when?: (about: About) => boolean;
  /** What has to be read before it is answered. */
  reads?: 'disagreements' | 'findings' | 'consent';
}

/** How one command is given. */
export interface CommandForm {
  steps: readonly Step[];
  /** Whether it happens when the service is asked for it, so that nobody is asked when it happened. */
  immediate?: boolean;
  /** What goes along unasked. */
  fixed?: Readonly<Record<string, unknown>>;
  /** What follows from it, to be read before it is given. */
  warning?: Key<'decide'>;
  /** What has to be so beside what the service says is possible, and what is said where it is not. */
  only?: { where: (found: Case) => boolean; otherwise: Key<'decide'> };
  /** Who gives it puts their name to it expressly. */
  signed?: boolean;
  /** Whether the reader may not see the case any more afterwards. */
  leaves?: boolean;
  /** The command by which a second person has to agree. */
  second?: string;
}

/** A command that is given elsewhere: where what it is about is shown, or on the form of the screening. */
export interface Elsewhere {
  elsewhere: 'form' | 'documents' | 'summary' | 'duplicates';
}

type More = Partial<Pick<Question, 'label' | 'hint' | 'required' | 'thing' | 'stands' | 'sends'>>;

/** A question by the name of its field, which has words of its own unless others are named. */
export function ask(kind: Kind, field: string, more: More & Pick<Question, 'options'> = {}): Question {
  return { field, kind, label: `field.${field}` as Key<'decide'>, required: true, ...more };
}

/** A step of one question. */
export function step(question: Question, more: Omit<Partial<Step>, 'questions'> = {}): Step {
  return { name: question.field, questions: [question], ...more };
}

/** A step of several questions that belong together. */
export function together(name: string, questions: readonly Question[], more: Omit<Partial<Step>, 'questions'> = {}): Step {
  return { name, questions, title: `step.${name}` as Key<'decide'>, ...more };
}

/** A question that may be left unanswered. */
export function optional(question: Question): Question {
  return { ...question, required: false };
}

/** The steps that are asked: those that apply, without those whose one question has a single answer that the case gives. */
export function asked(form: CommandForm, about: About): Step[] {
  return form.steps.filter((one) => (one.when?.(about) ?? true) && !settled(one, about));
}

function settled({ questions }: Step, about: About): boolean {
  const [first] = questions;
  return questions.length === 1 && first?.thing === true && first.options?.(about).length === 1;
}

/** What hinders a command that the service says the case allows: it is about nothing that there is, or goes to nobody. Null where nothing does. */
export function hindrance(form: CommandForm, about: About): Key<'decide'> | null {
  if (form.only?.where(about.found) === false) return form.only.otherwise;
  const concerns = form.steps.every(({ questions }) => questions.every(({ thing, options }) => !thing || (options?.(about).length ?? 0) > 0));
  return concerns ? null : 'action.notNow';
}
