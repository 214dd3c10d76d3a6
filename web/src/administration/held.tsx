// The forms that were handed over by phones out of use, or brought in a file: each waits for a person's decision.

import { texts, useText, word } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { agency } from '../lib/names.ts';
import { session } from '../lib/session.ts';
import { ButtonLink, Inset, Link, Table, Tag, Time } from '../parts/index.ts';
import { Frame } from './frame.tsx';
import { type HeldForm, readHeld } from './heldforms.ts';

/** Where the page belongs: administrators and case managers share it. */
export function placeOfHeld(): { href: string; text: string } {
  return session.value?.user.role === 'admin'
    ? { href: '/administration', text: texts('administration')('heading') }
    : { href: '/work', text: texts('common')('navigation.work') };
}

/** The list. */
export default function Held() {
  const t = useText('administration');
  const loaded = useLoaded(readHeld);
  return (
    <Frame title={t('held.heading')} back={placeOfHeld()} loaded={loaded}>
      {(forms) => (
        <>
          <p class="govuk-body">{t('held.explained')}</p>
          <ButtonLink href="/held/import" look="secondary">{t('held.import')}</ButtonLink>
          {forms.length === 0 ? <Inset>{t('held.none')}</Inset> : <List forms={forms} />}
        </>
      )}
    </Frame>
  );
}

const colours = { held: 'yellow', released: 'green', rejected: 'grey' } as const;

/** How a form stands. */
export function Standing({ state }: { state: HeldForm['state'] }) {
  return <Tag colour={colours[state]}>{word('administration', 'held.state', state)}</Tag>;
}

function List({ forms }: { forms: readonly HeldForm[] }) {
  const t = texts('administration');
  return (
    <Table
      caption={t('held.heading')} captionHidden
      columns={[t('held.at'), t('held.officer'), t('accounts.agency'), t('held.source'), t('people.state')]}
      rows={forms.map((form) => ({
        key: form.id,
        cells: [
          <Link href={`/held/${form.id}`}><Time at={form.held_at} /><span class="govuk-visually-hidden"> {form.username}</span></Link>,
          form.username, agency(form.agency), word('administration', 'held.source', form.source), <Standing state={form.state} />,
        ],
      }))}
    />
  );
}
