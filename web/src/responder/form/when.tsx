// When the interview took place, where that is not when it was begun on this phone.

import { useState } from 'preact/hooks';

import { currentTime } from '../../lib/clock.ts';
import { dateTime, momentFrom, partsOfMoment } from '../../lib/dates.ts';
import { texts } from '../../lib/i18n.ts';
import { go } from '../../lib/route.ts';
import { Button, type Fault, Form, MomentParts, Page } from '../../parts/index.ts';
import { change, draft, keepNow } from './current.ts';
import { at } from './path.ts';

export default function When({ id }: { id: string }) {
  const t = texts('interview');
  const now = draft.value;
  const [faults, setFaults] = useState<Fault[]>([]);
  const [parts, setParts] = useState(() => partsOfMoment(now?.occurredAt ?? now?.startedAt ?? currentTime().toISOString()));
  async function submit(): Promise<void> {
    const moment = momentFrom(parts);
    if (moment === null || Date.parse(moment) > +currentTime()) return setFaults([{ name: 'when', at: 'when-day', message: t('fault.when') }]);
    change({ occurredAt: moment });
    await keepNow();
    go(at(id, 'check'));
  }
  return (
    <Page title={t('when.heading')} faults={faults} questionIsHeading back={{ href: at(id, 'check'), text: t('back') }}>
      <Form onSubmit={() => void submit()} label={t('when.heading')}>
        <MomentParts name="when" label={t('when.heading')} heading error={faults[0]?.message} value={parts} onInput={setParts} />
        <p class="govuk-body">{t('when.begun', { time: dateTime(now?.startedAt ?? '') })}</p>
        <Button>{t('continue')}</Button>
      </Form>
    </Page>
  );
}
