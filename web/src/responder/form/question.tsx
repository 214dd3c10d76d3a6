// One question: for the officer large, for the person beneath in their language, and the answer.

import { useEffect, useMemo, useState } from 'preact/hooks';

import { language, texts } from '../../lib/i18n.ts';
import { go } from '../../lib/route.ts';
import { Button, Details, type Fault, Form, Inset, NotFound, Page, TextButton } from '../../parts/index.ts';
import { Aloud } from './aloud.tsx';
import { answer, current, type Current, draft, keepNow, notKept } from './current.ts';
import { DangerOf } from './danger.tsx';
import { asked, type Item } from './engine.ts';
import { AnswerField } from './field.tsx';
import { faultIn, faultsNow, messageOf } from './messages.ts';
import { at, beforeTheSix, functioning, isOneOfSix, questionAfter, questionAt, questionBefore, six, sixBefore } from './path.ts';
import { person } from './person.ts';
import { Rows } from './rows.tsx';
import { formWords, labelOf } from './words.ts';
import type { Answer, Draft } from '../draft.ts';

/** A question among the sections. */
export function Question({ id, name }: { id: string; name: string }) {
  const open = current.value;
  const item = open?.form.items.get(name);
  // Where the question stands is reckoned when it is come to and not with every letter that is typed into it.
  const { back, elsewhere } = useMemo(() => placeOf(id, name), [id, name, open]);
  useEffect(() => {
    if (elsewhere !== null) go(elsewhere, { replace: true });
  }, [elsewhere]);
  if (open === null || item === undefined) return <NotFound />;
  if (elsewhere !== null) return null;
  const next = () => {
    const after = questionAfter(open.form, draft.value?.answers ?? {}, name);
    go(after === null ? at(id) : questionAt(id, after));
  };
  return <QuestionForm id={id} open={open} item={item} back={back} onward={next} {...leadOf(open, item)} />;
}

// The question before, and where to go instead where this one is not asked or another has to come first.
function placeOf(id: string, name: string): { back: string; elsewhere: string | null } {
  const [open, now] = [current.peek(), draft.peek()];
  if (open === null || now === null || !asked(open.form, now.answers).keys.has(name)) return { back: at(id), elsewhere: at(id) };
  const [first, before] = [sixBefore(now.answers, name), questionBefore(open.form, now.answers, name)];
  return { back: before === null ? at(id) : questionAt(id, before), elsewhere: first === null ? null : questionAt(id, first) };
}

interface QuestionFormProps {
  id: string;
  open: Current;
  item: Item;
  back: string;
  onward: () => void;
  /** What has to be read before the question, under a heading of its own. */
  lead?: { title: string; content: preact.ComponentChildren };
  /** What stands after the answer. */
  children?: preact.ComponentChildren;
}

/** A question as a page, with what it takes to go on from it. */
export function QuestionForm({ id, open, item, back, onward, lead, children }: QuestionFormProps) {
  const t = texts('interview');
  const [faults, setFaults] = useState<Fault[]>([]);
  const [unread, setUnread] = useState(false);
  const given = draft.value?.answers[item.key];
  const words = formWords(open);
  const label = labelOf(words, item.key);
  async function submit(): Promise<void> {
    const message = unread ? unreadMessage(item) : faultBefore(open, item);
    if (message !== null) return setFaults([{ name: item.key, message }]);
    await keepNow();
    if (notKept.value) return setFaults([{ name: item.key, message: t('notKept') }]);
    onward();
  }
  const put = (next: Answer | null) => {
    if (next !== null && next.state !== 'answered') setUnread(false); // it takes the place of what was typed
    answer(item.key, next);
  };
  const field = {
    name: item.key, label, heading: lead === undefined, hint: words.items[item.key]?.help, error: faults[0]?.message,
  };
  return (
    <Page title={lead?.title ?? label} faults={faults} questionIsHeading={item.widget !== 'repeat' && lead === undefined} back={{ href: back, text: t('back') }}>
      <Form onSubmit={() => void submit()} label={label}>
        {lead?.content}
        {item.widget === 'repeat'
          ? <Rows id={id} open={open} item={item} given={given} onAnswer={(next) => answer(item.key, next)} />
          : <AnswerField open={open} item={item} given={given} field={{ ...field, hint: <Beneath id={id} item={item} help={field.hint} /> }}
              onAnswer={put} onUnread={setUnread} />}
        {children}
        {item.urgent && given?.value === 'yes' && <DangerOf name={item.key} />}
        <Button>{t('continue')}</Button>
      </Form>
      <p class="govuk-body"><a class="govuk-link" href={at(id)}>{t('toTasks')}</a></p>
    </Page>
  );
}

// The person's words lie between the question and its answers, so that they are read in this order.
function Beneath({ id, item, help }: { id: string; item: Item; help: string | undefined }) {
  const t = texts('interview');
  return (
    <>
      {isOneOfSix(item.key) && <span class="as-written">{t('six.asWritten')}</span>}
      {item.spoken && <Aloud name={item.key} show={at(id, `show/${item.key}`)} />}
      {help !== undefined && <span class="help">{help}</span>}
    </>
  );
}

// Before the six questions: the sentence that may lead to them, who answers, and what to do where they can't be asked.
function leadOf(open: Current, item: Item): Pick<QuestionFormProps, 'lead'> {
  if (item.key !== beforeTheSix) return {};
  return { lead: { title: formWords(open).sections[functioning]?.title ?? '', content: <LeadToTheSix open={open} /> } };
}

function LeadToTheSix({ open }: { open: Current }) {
  const t = texts('interview');
  const intro = formWords(open).sections[functioning]?.intro;
  const theirs = person.value?.words.sections?.[functioning]?.intro;
  const child = draft.value?.answers.d_under_18?.value !== 'no';
  return (
    <>
      {intro !== undefined && <Inset>{intro}{theirs !== undefined && person.value?.language !== language.value && <p class="aloud__words" lang={person.value?.language}>{theirs}</p>}</Inset>}
      {child && <p class="govuk-body">{t('six.child')}</p>}
      <Details summary={t('six.how')}><p class="govuk-body">{t('six.rules')}</p></Details>
      <p class="govuk-body"><TextButton onClick={leaveOutTheSix}>{t('six.notNow')}</TextButton></p>
    </>
  );
}

// The six are asked together or not at all.
function leaveOutTheSix(): void {
  const id = draft.value?.id ?? '';
  for (const key of [beforeTheSix, ...six]) answer(key, { state: 'not_asked' });
  void keepNow().then(() => go(at(id)));
}

function unreadMessage(item: Item): string {
  return messageOf(item, item.widget === 'number' ? 'type' : 'format');
}

// What stands in the way of going on: no answer where there has to be one, one that breaks a rule, or one against another.
function faultBefore(open: Current, item: Item): string | null {
  const now = draft.value;
  if (now === null) return null;
  const given = now.answers[item.key];
  if (given === undefined) {
    const needed = asked(open.form, now.answers).required.has(item.key);
    return needed ? texts('interview')('fault.required') : null;
  }
  return faultIn(open.form, item, given) ?? againstOthers(open, item, now);
}

function againstOthers({ form }: Current, item: Item, now: Draft): string | null {
  const found = faultsNow(form, now).find(({ pointer }) => pointer === `/answers/${item.key}`);
  return found === undefined ? null : messageOf(item, found.keyword);
}

