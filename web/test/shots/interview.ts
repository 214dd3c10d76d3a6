// An interview under way on a phone, page by page.

import type { Shot } from '../support/shots.ts';
import { fillIn, setUpPhone, startInterview } from '../support/responder.ts';
import { visit } from '../support/browser.ts';

function during(name: string, rest: string): Shot {
  return {
    name,
    path: '/', // where somebody signs in
    sizes: ['phone'],
    prepare: async (page) => {
      await setUpPhone(page);
      const id = await startInterview(page);
      await fillIn(page, id, 'Mya Mya', { only: 1 });
      await visit(page, `/responder/drafts/${id}${rest}`);
    },
  };
}

export const shots: Shot[] = [
  during('interview-tasks', ''),
  during('interview-question', '/question/e_vis'),
  during('interview-show', '/show/e_vis'),
  during('interview-check', '/check'),
];
