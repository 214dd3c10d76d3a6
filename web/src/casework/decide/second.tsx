// Where one person is not enough: what was asked for waits for a second officer, who is given its address.

import { useText } from '../../lib/i18n.ts';
import { ButtonLink, Inset, Page, Panel } from '../../parts/index.ts';
import type { Receipt } from '../../lib/api.ts';
import { approvalHref, caseHref, doHref } from '../links.ts';
import type { Case } from '../model.ts';
import { commandLabel } from './commands.ts';

/** Asks to give an address to another officer. It names a case by an id, and no person. */
export function SecondOfficer({ address }: { address: string }) {
  const t = useText('decide');
  return (
    <section aria-labelledby="second">
      <h2 class="govuk-heading-m" id="second">{t('second.heading')}</h2>
      <p class="govuk-body">{t('second.text')}</p>
      <Inset><code class="code">{`${location.origin}${address}`}</code></Inset>
    </section>
  );
}

interface WaitsProps {
  found: Case;
  command: string;
  second: string;
  receipt: Receipt;
}

/** The page after a command that a second officer has to agree to. */
export function Waits({ found, command, second, receipt }: WaitsProps) {
  const t = useText('decide');
  const done = t('action.done', { command: commandLabel(command) });
  return (
    <Page title={done} questionIsHeading>
      <Panel title={done}>{found.case_reference}</Panel>
      <SecondOfficer address={second === 'approve-break-glass' ? approvalHref(found.case_id, receipt.command_id) : doHref(found.case_id, second)} />
      <ButtonLink href={caseHref(found.case_id)}>{t('action.back', { reference: found.case_reference })}</ButtonLink>
    </Page>
  );
}
