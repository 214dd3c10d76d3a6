// The steps before the questions: where, in which language, whether it is safe to speak, what the person is told, their age, and whether
// they agree.

import { useState } from 'preact/hooks';

import { language, texts } from '../../lib/i18n.ts';
import { go } from '../../lib/route.ts';
import { Button, type Fault, Form, Inset, Page, Radios, Select } from '../../parts/index.ts';
import { Listen, Standing } from './aloud.tsx';
import { answer, change, current, type Current, draft, keepNow } from './current.ts';
import type { Item } from './engine.ts';
import { personLanguages, tagOf } from './languages.ts';
import { at, beginning, host, type Step, stepAfter } from './path.ts';
import { openPerson, person } from './person.ts';
import { QuestionForm } from './question.tsx';
import { codeOptions, formWords, labelOf } from './words.ts';

const keyOfStep: Readonly<Partial<Record<Step, string>>> = {
  place: 'a_place_kind', safe: 'b_safe_place', explain: 'b_information_given', age: 'd_under_18', consent: 'b_consent_screening',
};

/** A step before the questions. */
export function Beginning({ id, step }: { id: string; step: Step }) {
  const open = current.value;
  if (open === null) return null;
  const onward = () => {
    const next = stepAfter(step);
    go(next === null ? at(id) : at(id, `begin/${next}`));
  };
  const back = backOf(id, step);
  if (step === 'province') return <Province open={open} back={back} onward={onward} />;
  if (step === 'language') return <PersonLanguage open={open} back={back} onward={onward} />;
  const item = open.form.items.get(keyOfStep[step] ?? '');
  if (item === undefined) return null;
  const lead = step === 'explain' ? { lead: { title: texts('interview')('explain.say'), content: <Explanation id={id} /> } } : {};
  return <QuestionForm id={id} open={open} item={item} back={back} onward={onward} {...lead}><About step={step} item={item} /></QuestionForm>;
}

function backOf(id: string, step: Step): string {
  const before = beginning[beginning.indexOf(step) - 1];
  return before === undefined ? host.peek()?.back.href ?? '/responder' : at(id, `begin/${before}`);
}

interface StepProps {
  open: Current;
  back: string;
  onward: () => void;
}

function Province({ open, back, onward }: StepProps) {
  const t = texts('interview');
  const [faults, setFaults] = useState<Fault[]>([]);
  const label = labelOf(formWords(open), 'province');
  async function submit(): Promise<void> {
    if (draft.value?.province === undefined) return setFaults([{ name: 'province', message: t('fault.required') }]);
    await keepNow();
    onward();
  }
  return (
    <Page title={label} faults={faults} questionIsHeading back={{ href: back, text: t('back') }}>
      <Form onSubmit={() => void submit()} label={label}>
        <Select
          name="province" label={label} heading error={faults[0]?.message} options={codeOptions(open, 'provinces')} value={draft.value?.province ?? ''}
          onChange={(province) => change({ province: province === '' ? undefined : province })}
        />
        <Button>{t('continue')}</Button>
      </Form>
    </Page>
  );
}

const other = 'other';

function PersonLanguage({ open, back, onward }: StepProps) {
  const t = texts('interview');
  const [faults, setFaults] = useState<Fault[]>([]);
  const code = String(draft.value?.answers.a_language?.value ?? '');
  const [chosen, setChosen] = useState(code === '' ? '' : personLanguages.some((each) => each.code === code) ? code : other);
  const choose = (value: string) => {
    change({ personLanguage: tagOf(value) });
    answer('a_language', value === '' ? null : { state: 'answered', value });
  };
  async function submit(): Promise<void> {
    if (draft.value?.answers.a_language === undefined) return setFaults([{ name: 'a_language', message: t('fault.required') }]);
    await Promise.all([keepNow(), openPerson(draft.value)]);
    onward();
  }
  const label = t('language.heading');
  const more = (
    <Select name="a_language-other" label={t('language.which')} options={codeOptions(open, 'languages')} value={code} onChange={choose} />
  );
  const options = [
    ...personLanguages.map((each) => ({ value: each.code, label: <span lang={each.tag}>{each.name}</span> })),
    { value: other, label: t('language.other'), hint: t('language.other.hint'), more, apart: true },
  ];
  return (
    <Page title={label} faults={faults} questionIsHeading back={{ href: back, text: t('back') }}>
      <Form onSubmit={() => void submit()} label={label}>
        <Radios
          name="a_language" label={label} heading hint={t('language.hint')} error={faults[0]?.message} options={options} value={chosen}
          onChange={(value) => {
            setChosen(value);
            choose(value === other ? '' : value);
          }}
        />
        <Button>{t('continue')}</Button>
      </Form>
    </Page>
  );
}

// What an officer has to know or say at a step.
function About({ step, item }: { step: Step; item: Item }) {
  const t = texts('interview');
  const given = draft.value?.answers[item.key]?.value;
  if (step === 'safe' && given === 'no') return <Inset>{t('safe.not')}</Inset>;
  if (step === 'age' && (given === 'yes' || given === 'unsure')) return <Inset>{t('age.child')}</Inset>;
  if (step === 'consent' && (given === 'no' || given === 'not_possible')) return <Inset>{t(childOrUnsure() ? 'consent.child' : 'consent.refused')}</Inset>;
  return null;
}

function childOrUnsure(): boolean {
  return draft.value?.answers.d_under_18?.value !== 'no';
}

// What the person is told before anything is asked, to be read or played to them.
function Explanation({ id }: { id: string }) {
  const t = texts('interview');
  const there = person.value;
  return (
    <div class="aloud aloud--explanation">
      {there === null || there.language === language.value
        ? <p class="aloud__words">{t('explain.own')}</p>
        : <p class="aloud__words" lang={there.language}>{there.text.explain}</p>}
      {there !== null && (
        <>
          <p class="aloud__ways"><Listen person={there} prompt="explain" /> <a class="govuk-link aloud__show" href={at(id, 'show/explain')}>{t('aloud.show')}</a></p>
          <Standing person={there} name="explain" />
        </>
      )}
    </div>
  );
}
