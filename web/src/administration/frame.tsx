// What the pages of administration have in common: the way back, and what is shown while something is read or cannot be.

import type { ComponentChildren } from 'preact';

import { texts } from '../lib/i18n.ts';
import type { Loaded } from '../lib/loaded.ts';
import { type Fault, Page, Trouble } from '../parts/index.ts';

interface FrameProps<Data> {
  title: string;
  /** Where the page belongs, when that is not the overview. */
  back?: { href: string; text: string };
  loaded: Loaded<Data>;
  faults?: readonly Fault[];
  children: (data: Data) => ComponentChildren;
}

/** A page of what was read. */
export function Frame<Data>({ title, back, loaded, faults, children }: FrameProps<Data>) {
  const { data, error, again } = loaded;
  if (data === null && error !== null) return <Trouble error={error} again={() => void again()} />;
  return (
    <Page title={title} back={back ?? { href: '/administration', text: texts('administration')('heading') }} faults={faults} wide>
      {data === null ? <div class="waiting" aria-busy="true" /> : children(data)}
    </Page>
  );
}

/** A code that is handed over. It is good once, and shown only now. */
export function OnceShown({ code, until }: { code: string; until: ComponentChildren }) {
  return (
    <div class="govuk-inset-text" role="status">
      <p class="govuk-body">{texts('account')('account.invitation.once')}</p>
      <p class="once"><code>{code}</code></p>
      <p class="govuk-body">{until}</p>
    </div>
  );
}
