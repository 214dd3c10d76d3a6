// Where the page begins.

import './style/main.scss';

import { effect } from '@preact/signals';
import { render } from 'preact';

import { language, loadTexts } from './lib/i18n.ts';
import { forgetNames } from './lib/names.ts';
import { followLinks } from './lib/route.ts';
import { learnSession, limited, session } from './lib/session.ts';
import { counts } from './lib/status.ts';
import { isPhone } from './shell/phone.ts';
import { Shell } from './shell/shell.tsx';

// For as long as one person is signed in the page follows what changes; nothing of theirs is left for the next.
function followWhileSignedIn(): void {
  effect(() => {
    if (session.value?.user.id === undefined || limited.value) return undefined;
    const following = import('./lib/live.ts').then(({ follow }) => follow(), () => undefined); // without it nothing is told by itself
    return () => {
      void following.then((stop) => stop?.());
      forgetNames();
      counts.value = {};
    };
  });
}

effect(() => { document.documentElement.lang = language.value; });
await loadTexts('common');
followLinks();
followWhileSignedIn();
void learnSession();
const page = document.getElementById('page');
if (page !== null) render(<Shell />, page);
// Only a phone in the field keeps the page; on other machines nothing of it stays.
effect(() => {
  if (isPhone.value || session.value?.user.role === 'responder') void import('./shell/worker.ts').then(({ registerWorker }) => registerWorker());
});
