// Giving a command to a case: its questions one to a page, a page to check the answers, and what is shown where the case has changed
// meanwhile.

import { useEffect, useState } from 'preact/hooks';

import { useText } from '../../lib/i18n.ts';
import { go, type PageProps } from '../../lib/route.ts';
import { Link, Page, Time } from '../../parts/index.ts';
import { useCase } from '../case/index.ts';
import { CaseTrouble } from '../case/trouble.tsx';
import { caseHref, formHref, type Part } from '../links.ts';
import type { Case } from '../model.ts';
import { reader } from '../reader.ts';
import { commandLabel, commands, formOf } from './commands.ts';
import { Changed } from './changedpage.tsx';
import { Check } from './check.tsx';
import type { Deciding } from './deciding.ts';
import { begunOf, draftOf } from './draft.ts';
import { happened } from './faults.ts';
import { backTo, NotNow } from './notnow.tsx';
import { StepPage } from './steppage.tsx';
import { asked, type Elsewhere, hindrance, type Step } from './steps.ts';
import { checking, givenIn, happening, meanwhile, way } from './way.ts';
import { Loading } from '../parts/loading.tsx';

import '../casework.scss';

/** The pages of a command. It begins on the case as it is: whoever decides is not told afterwards of what had changed before. */
export default function Do({ params, query }: PageProps) {
  const t = useText('decide');
  const { id = '', command = '' } = params;
  const { opened, fresh, refresh } = useCase({ id, asOf: null, purpose: null });
  const [busy, setBusy] = useState(false);
  const form = formOf(command);
  const begun = begunOf(id, command);
  if (opened.state === 'failed') return <CaseTrouble id={id} problem={opened.problem} retry={refresh} />;
  if (opened.state === 'loading' || begun === null && !fresh) return <Page title={commandLabel(command)}><Loading /></Page>;
  const { found } = opened.value;
  if (form === null) return <GivenElsewhere found={found} command={command} />;
  const given = givenIn(form, query);
  const now = begun ?? draftOf(id, command, found, given);
  const about = { found, reader: reader(), answers: now.answers };
  // Whoever has begun is told when they go on, so that nothing vanishes while they write.
  const possible = begun !== null || busy || query.get('step') === meanwhile || found.possible.includes(command);
  const hindered = possible ? busy ? null : hindrance(form, { ...about, found: now.base }) : 'action.notNow';
  if (hindered !== null) return <NotNow found={found} command={command} text={t(hindered)} />;
  return <Pages deciding={{ form, found, now, about, busy, setBusy, hrefOf: way(id, command, given), refresh }} query={query} />;
}

function Pages({ deciding, query }: { deciding: Deciding; query: URLSearchParams }) {
  const { form, about, hrefOf } = deciding;
  const steps = asked(form, about);
  const name = query.get('step') ?? steps[0]?.name ?? checking;
  const step = name === happening ? when : steps.find((one) => one.name === name);
  const lost = step === undefined && name !== checking && name !== meanwhile;
  useEffect(() => {
    if (lost) go(hrefOf(checking), { replace: true });
  }, [lost]);
  if (name === meanwhile) return <Changed deciding={deciding} />;
  if (step === undefined) return <Check deciding={deciding} />;
  return <StepPage key={name} deciding={deciding} step={step} toCheck={query.get('back') === checking || name === happening} />;
}

const when: Step = { name: happening, questions: [happened] };

const places: Record<Exclude<Elsewhere['elsewhere'], 'form'>, Part> = { documents: 'documents', summary: 'summary', duplicates: 'duplicates' };

function GivenElsewhere({ found, command }: { found: Case; command: string }) {
  const t = useText('decide');
  const entry = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (entry === undefined || !('elsewhere' in entry)) return <NotNow found={found} command={command} text={t('action.notNow')} />;
  if (entry.elsewhere === 'form') return <GivenOnTheForm found={found} command={command} />;
  return (
    <Page title={commandLabel(command)} back={backTo(found)}>
      <p class="govuk-body">{t(`elsewhere.${entry.elsewhere}`)}</p>
      <p class="govuk-body"><Link href={caseHref(found.case_id, places[entry.elsewhere])}>{t('elsewhere.go')}</Link></p>
    </Page>
  );
}

// The form is filled in question by question; which of several is corrected is chosen first.
function GivenOnTheForm({ found, command }: { found: Case; command: string }) {
  const t = useText('decide');
  if (!found.possible.includes(command)) return <NotNow found={found} command={command} text={t('action.notNow')} />;
  const forms = command === 'record-screening' ? [null] : found.screenings;
  return (
    <Page title={commandLabel(command)} back={backTo(found)}>
      <p class="govuk-body">{t(`form.${command as 'record-screening' | 'correct-screening'}`)}</p>
      <ul class="govuk-list">
        {forms.map((one) => (
          <li key={one?.screening_id ?? 'new'}>
            <Link href={formHref(found.case_id, one?.screening_id ?? null)}>
              {one === null ? t('elsewhere.go') : <>{t('form.of')} <Time at={one.happened_at} as="full" /></>}
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}
