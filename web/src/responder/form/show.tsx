// A question for the person's own eyes: over the whole screen, in their language alone, large, with what they can answer.

import { go } from '../../lib/route.ts';
import { useTitle } from '../../parts/index.ts';
import { texts } from '../../lib/i18n.ts';
import { Listen } from './aloud.tsx';
import { answer, current, draft } from './current.ts';
import type { Item } from './engine.ts';
import { questionAt } from './path.ts';
import { person, type Person } from './person.ts';
import { choiceName, choicesOf } from './words.ts';

const explanation = 'explain';

/** What the person is shown. */
export default function Show({ id, name }: { id: string; name: string }) {
  const t = texts('interview');
  const there = person.value;
  const item = current.value?.form.items.get(name);
  useTitle(t('show.title'));
  const back = questionAt(id, name === explanation ? 'b_information_given' : name);
  if (there === null) return <Words words={t('aloud.none')} back={back} />;
  if (name === explanation) return <Words words={there.text.explain} back={back} person={there} prompt={explanation} />;
  const label = there.words.items?.[name]?.label;
  return (
    <Words words={label ?? t('aloud.none')} back={back} person={there} prompt={name}>
      {item !== undefined && item.widget === 'radios' && <Choices item={item} person={there} back={back} />}
    </Words>
  );
}

interface WordsProps {
  words: string;
  back: string;
  person?: Person;
  prompt?: string;
  children?: preact.ComponentChildren;
}

function Words({ words, back, person: there, prompt, children }: WordsProps) {
  const t = texts('interview');
  return (
    <div class="show">
      <h1 class="show__words" tabIndex={-1} lang={there?.language}>{words}</h1>
      {there && prompt !== undefined && <p><Listen person={there} prompt={prompt} big /></p>}
      {children}
      <p class="show__back"><a class="govuk-link" href={back}><span lang={there?.language}>{there?.text.back}</span> {t('show.back')}</a></p>
    </div>
  );
}

// The person may answer with a finger; what they touch is answered, and the officer's page comes back with it.
function Choices({ item, person: there, back }: { item: Item; person: Person; back: string }) {
  const { list, codes } = choicesOf(item.value);
  const given = draft.value?.answers[item.key];
  const named = codes.map((code) => ({ code, name: choiceName(there.words as Parameters<typeof choiceName>[0], list, code) }));
  if (named.some(({ name }) => name === null)) return null;
  const give = (value: string | null) => {
    answer(item.key, value === null ? { state: 'declined', source: 'person' } : { state: 'answered', value: typed(item, value), source: 'person' });
    go(back);
  };
  return (
    <ul class="show__answers" lang={there.language}>
      {named.map(({ code, name }) => (
        <li key={code}>
          <button class="show__answer" type="button" aria-pressed={given?.value !== undefined && String(given.value) === code} onClick={() => give(code)}>{name}</button>
        </li>
      ))}
      {!item.answeredOnly && <li><button class="show__answer show__answer--apart" type="button" aria-pressed={given?.state === 'declined'} onClick={() => give(null)}>{there.text.declined}</button></li>}
    </ul>
  );
}

function typed(item: Item, value: string): string | number {
  return item.value.type === 'integer' ? Number(value) : value;
}
