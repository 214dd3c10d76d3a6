// Signing in, and a person's own account.

import type { Shot } from '../support/shots.ts';

export const shots: Shot[] = [
  { name: 'sign-in', path: '/' },
  {
    name: 'sign-in-refused',
    path: '/',
    prepare: async (page) => {
      await page.locator('main button[type=submit]').click();
      await page.locator('.govuk-error-summary').waitFor();
    },
  },
  { name: 'not-found', who: 'casemanager', path: '/nowhere' },
  { name: 'account', who: 'casemanager', path: '/account' },
  { name: 'account-again', who: 'casemanager', path: '/account/again' },
  { name: 'account-passkey', who: 'casemanager', path: '/account/passkey' },
  { name: 'account-codes', who: 'casemanager', path: '/account/codes' },
];
