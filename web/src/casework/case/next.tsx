// The next action of a case: what it is, by when, and the one primary button that does it.

import { useText } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import { ButtonLink, Link } from '../../parts/index.ts';
import { caseHref, doHref } from '../links.ts';
import type { Reader } from '../model.ts';
import { type Next, next } from '../next.ts';
import { Deadline, LimitSource } from '../parts/deadline.tsx';
import { commandLabel, holder, word } from '../parts/words.ts';
import type { Opened } from './store.ts';

/** The next action, in full. */
export function NextAction({ opened, reader }: { opened: Opened; reader: Reader }) {
  const t = useText('casework');
  const { found, asOf } = opened;
  const coming = next(found, reader);
  return (
    <section class="next" aria-labelledby="next">
      <h2 class="next__heading" id="next">{t('next.heading')}</h2>
      {coming === null ? <p class="govuk-body">{t(found.open ? 'next.none' : 'next.ended')}</p> : (
        <>
          <p class="next__task">{taskWords(coming, reader)}</p>
          <p class="next__due"><Deadline at={coming.task.due_at} asOf={asOf} full rung={coming.task.rung} /></p>
          {coming.task.agency === reader.agency && <p class="next__about">{t('column.assignee')}: {holder(coming.task.assignee, reader)}</p>}
          <LimitSource of={coming.task} />
          {asOf === null && <Ways coming={coming} caseId={found.case_id} />}
        </>
      )}
    </section>
  );
}

function Ways({ coming: { command, otherwise, parameters, task }, caseId }: { coming: Next; caseId: string }) {
  const t = useText('casework');
  if (task.kind === 'glass_broken') return <p class="govuk-body"><Link href={caseHref(caseId, 'guards')}>{t('next.read')}</Link></p>;
  if (command === null) return null;
  return (
    <div class="govuk-button-group">
      <ButtonLink href={doHref(caseId, command, parameters)}>{commandLabel(command)}</ButtonLink>
      {otherwise !== null && <Link href={doHref(caseId, otherwise, parameters)}>{commandLabel(otherwise)}</Link>}
    </div>
  );
}

/** The next action in one line, for the pages of a case that are about something else. */
export function NextLine({ opened, reader }: { opened: Opened; reader: Reader }) {
  const t = useText('casework');
  const coming = next(opened.found, reader);
  if (coming === null) return null;
  return (
    <p class="next-line">
      <strong>{t('next.heading')}:</strong>{' '}
      <Link href={caseHref(opened.id, 'summary', { as_of: opened.asOf, purpose: opened.purpose })}>{taskWords(coming, reader)}</Link>{' '}
      <Deadline at={coming.task.due_at} asOf={opened.asOf} />
    </p>
  );
}

function taskWords({ task }: Next, reader: Reader): string {
  const t = useText('casework');
  const name = word('task', task.kind);
  return task.agency === reader.agency ? name : t('next.waits', { agency: agency(task.agency), task: name });
}
