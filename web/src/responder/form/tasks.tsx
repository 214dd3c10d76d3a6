// The list of an interview's sections: what is done, what is not, in any order; emergencies first.

import { count, texts } from '../../lib/i18n.ts';
import { ButtonLink, Page, TaskList, type Task } from '../../parts/index.ts';
import { DangersHere } from './danger.tsx';
import { current, draft, notKept } from './current.ts';
import { at, host, questionAt, questionOfSection, sectionsOf } from './path.ts';
import { formWords } from './words.ts';

/** The sections of the interview. */
export function Tasks({ id }: { id: string }) {
  const t = texts('interview');
  const [open, now] = [current.value, draft.value];
  if (open === null || now === null) return null;
  const sections = sectionsOf(open.form, now.answers);
  const left = sections.filter(({ required, keys }) => required.length > 0 && keys.length > 0)
    .flatMap(({ required }) => required.filter((key) => now.answers[key] === undefined && host.value?.withheld.has(key) !== true)).length;
  const words = formWords(open);
  const tasks = sections.map((section): Task => {
    const question = questionOfSection(section, now.answers);
    return {
      name: section.id,
      title: words.sections[section.id]?.title ?? section.id,
      hint: t('tasks.answered', { n: section.answered, of: section.keys.length }),
      ...(question !== null && { href: questionAt(id, question) }),
      status: t(`tasks.${section.state}`),
      done: section.state === 'done',
    };
  });
  return (
    <Page title={t('tasks.heading')} caption={now.initials} back={host.value?.back ?? { href: '/responder', text: t('tasks.home') }}>
      <DangersHere open={open} answers={now.answers} />
      {notKept.value && <p class="govuk-error-message" role="alert">{t('notKept')}</p>}
      <p class="govuk-body">{left === 0 ? t('tasks.complete') : count('interview', 'tasks.left', left)} {t(host.value === null ? 'tasks.kept' : 'tasks.inMemory')}</p>
      <TaskList tasks={[beginning(id, t('tasks.begin'), t('tasks.done')), ...tasks]} />
      <ButtonLink href={at(id, 'check')}>{t('tasks.check')}</ButtonLink>
    </Page>
  );
}

function beginning(id: string, title: string, status: string): Task {
  return { name: 'begin', title, href: at(id, 'begin/province'), status, done: true };
}

