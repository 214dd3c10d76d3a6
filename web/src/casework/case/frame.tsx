// The frame of every page about a case: the person, how far the case has come, what comes next, and the ways to its other parts.

import type { ComponentChildren } from 'preact';

import { useText } from '../../lib/i18n.ts';
import { type Fault, Page, Steps, Tabs } from '../../parts/index.ts';
import { startCounting } from '../counts.ts';
import { caseHref, type Part, parts } from '../links.ts';
import { Loading } from '../parts/loading.tsx';
import { word } from '../parts/words.ts';
import { compares, mayAskWho, reader } from '../reader.ts';
import { steps } from '../tracker.ts';
import type { Reader } from '../model.ts';
import { Banners, PastNotice, PurposeNotice } from './banners.tsx';
import { Identity } from './identity.tsx';
import { lastList } from './lastlist.ts';
import { NextLine } from './next.tsx';
import { asked, type Opened, useCase } from './store.ts';
import { CaseTrouble } from './trouble.tsx';

import '../casework.scss';

interface FrameProps {
  id: string;
  query: URLSearchParams;
  part: Part;
  /** The heading where it is another than the part's name. */
  title?: string;
  faults?: readonly Fault[];
  children: (opened: Opened, refresh: () => Promise<void>) => ComponentChildren;
}

/** A page about a case. What it shows is drawn once the case has been opened. */
export function CaseFrame({ id, query, part, title, faults = [], children }: FrameProps) {
  const t = useText('casework');
  startCounting();
  const about = asked(id, query);
  const { opened, refresh } = useCase(about);
  if (opened.state === 'failed') return <CaseTrouble id={id} problem={opened.problem} retry={refresh} />;
  if (opened.state === 'loading') return <Page title={t(`case.part.${part}`)} wide><Loading /></Page>;
  const { found } = opened.value;
  const reference = t('case.title', { reference: found.case_reference });
  const heading = part === 'summary' ? { title: reference } : { title: title ?? t(`case.part.${part}`), caption: reference };
  return (
    <Page {...heading} wide faults={faults} back={{ href: lastList(found.stage), text: t('case.back') }}>
      <PastNotice opened={opened.value} />
      <PurposeNotice opened={opened.value} />
      <Identity found={found} />
      <Steps label={t('case.stages')} steps={steps(found.stage, found.open).map(({ stage, state }) => ({
        key: stage, title: word('stage', stage), state, note: t(`case.step.${state}`),
      }))} />
      {part !== 'summary' && <NextLine opened={opened.value} reader={reader()} />}
      <Banners found={found} reader={reader()} />
      <Tabs label={t('case.nav')} tabs={partsFor(reader(), found.agency).map((one) => ({
        href: caseHref(id, one, { as_of: about.asOf, purpose: about.purpose }), title: t(`case.part.${one}`), current: one === part,
      }))} />
      {children(opened.value, refresh)}
    </Page>
  );
}

function partsFor(by: Reader, responsible: string): Part[] {
  return parts.filter((part) => (part !== 'access-log' || mayAskWho(by, responsible)) && (part !== 'duplicates' || compares(by) || by.role !== 'auditor'));
}
