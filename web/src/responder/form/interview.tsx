// An interview: whichever of its pages the address names. While the phone is locked nothing of it is shown.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { texts } from '../../lib/i18n.ts';
import { onLeaving } from '../../lib/leaving.ts';
import { go, type PageProps } from '../../lib/route.ts';
import { Button, ButtonLink, later, NotFound, Page, Trouble } from '../../parts/index.ts';
import { keeping } from '../keeping.ts';
import { Beginning } from './beginning.tsx';
import { CheckAnswers, Finish } from './check.tsx';
import { closeDraft, current, draft, keepNow, leaveDraft, openDraft } from './current.ts';
import { beginning, stepToDo, at, type Step } from './path.ts';
import { openPerson } from './person.ts';
import { Question } from './question.tsx';
import { Tasks } from './tasks.tsx';

type Opening = Awaited<ReturnType<typeof openDraft>> | { error: unknown };
const opening = signal<Opening>('open');

export default function Interview({ params }: PageProps) {
  const { id = '', rest = '' } = params;
  const locked = keeping.value === null;
  useEffect(() => { if (!locked) void open(id); }, [id, locked]);
  useEffect(keptWhenLeft, []);
  if (locked) return <Stopped why="locked"><ButtonLink href="/responder">{texts('interview')('locked.unlock')}</ButtonLink></Stopped>;
  const state = opening.value;
  if (state === 'missing') return <NotFound />;
  if (state === 'elsewhere') return <Stopped why={state}><Button onClick={() => void open(id)}>{texts('common')('trouble.retry')}</Button></Stopped>;
  if (typeof state === 'object') return <Trouble error={state.error} again={() => void open(id)} />;
  if (draft.value?.id !== id || current.value === null) return <div class="waiting" aria-busy="true" />;
  return <At id={id} rest={rest} />;
}

async function open(id: string): Promise<void> {
  opening.value = 'open';
  try {
    opening.value = await openDraft(id);
    await openPerson(draft.value);
  } catch (error) {
    opening.value = { error };
  }
}

// What was typed last is kept before the page is gone, whichever way it goes.
function keptWhenLeft(): () => void {
  const keep = () => void keepNow();
  const keepHidden = () => { if (document.visibilityState === 'hidden') keep(); };
  addEventListener('pagehide', keep);
  document.addEventListener('visibilitychange', keepHidden);
  const forget = onLeaving(() => {
    keep();
    closeDraft();
  });
  return () => {
    void leaveDraft();
    removeEventListener('pagehide', keep);
    document.removeEventListener('visibilitychange', keepHidden);
    forget();
  };
}

/** The page of an open form that the rest of the address names. `finish` draws the last one; what was taken once does not begin anew. */
export function At({ id, rest, finish, taken = false }: { id: string; rest: string; finish?: () => preact.ComponentChild; taken?: boolean }) {
  const [place = '', name = '', row = ''] = rest.split('/');
  const open = draft.value;
  const toDo = open === null || taken ? null : stepToDo(open);
  const beginFirst = toDo !== null && place !== 'begin' && place !== 'show';
  useEffect(() => {
    if (beginFirst) go(at(id, `begin/${toDo}`), { replace: true });
  }, [beginFirst, id, toDo]);
  if (beginFirst) return null;
  switch (place) {
    case '':
      return <Tasks id={id} />;
    case 'begin':
      return isStep(name) ? <Beginning id={id} step={name} key={name} /> : <NotFound />;
    case 'question':
      return row === '' ? <Question id={id} name={name} key={name} /> : <RowPage id={id} name={name} row={row} key={rest} />;
    case 'show':
      return <Shown id={id} name={name} key={name} />;
    case 'when':
      return <When id={id} />;
    case 'check':
      return <CheckAnswers id={id} />;
    case 'finish':
      return finish === undefined ? <Finish id={id} /> : <>{finish()}</>;
    default:
      return <NotFound />;
  }
}

// Pages that few come to, such as what is shown to the person: each is loaded when somebody comes to it.
const Shown = later(() => import('./show.tsx').then((module) => module.default));
const When = later(() => import('./when.tsx').then((module) => module.default));
const RowPage = later(() => import('./row.tsx').then((module) => module.RowPage));

function isStep(name: string): name is Step {
  return beginning.some((step) => step === name);
}

// Why nothing of an interview is shown, and what to do then.
function Stopped({ why, children }: { why: 'locked' | 'elsewhere'; children: preact.ComponentChild }) {
  const t = texts('interview');
  return (
    <Page title={t(`${why}.heading`)}>
      <p class="govuk-body">{t(`${why}.text`)}</p>
      {children}
    </Page>
  );
}
