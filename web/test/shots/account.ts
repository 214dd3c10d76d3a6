// The pages that belong to no area: signing in.

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
];
