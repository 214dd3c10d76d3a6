// Where a command cannot be given: why, and what can be done in its place.

import type { ComponentChildren } from 'preact';

import { texts, useText } from '../../lib/i18n.ts';
import { Page } from '../../parts/index.ts';
import { CommandLinks } from '../case/possible.tsx';
import { caseHref } from '../links.ts';
import type { Case } from '../model.ts';
import { commandLabel, formOf } from './commands.ts';

/** The page for a command that the case does not allow, with those that it does. */
export function NotNow({ found, command, text, children }: { found: Case; command: string; text: string; children?: ComponentChildren }) {
  const t = useText('decide');
  const possible = found.possible.filter((one) => formOf(one) !== null);
  return (
    <Page title={commandLabel(command)} back={backTo(found)}>
      <p class="govuk-body">{text}</p>
      {children}
      {possible.length > 0 && (
        <>
          <h2 class="govuk-heading-m">{t('possible.heading')}</h2>
          <CommandLinks caseId={found.case_id} commands={possible} />
        </>
      )}
    </Page>
  );
}

/** The way back to a case. */
export function backTo(found: Case): { href: string; text: string } {
  return { href: caseHref(found.case_id), text: texts('decide')('action.back', { reference: found.case_reference }) };
}
