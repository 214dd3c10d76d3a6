// The frame of what an address shows: its title, its heading, which takes the focus, and what is wrong with what was sent.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { texts } from '../lib/i18n.ts';
import { takeNotice } from '../lib/notice.ts';
import { address } from '../lib/route.ts';
import { BackLink } from './actions.tsx';
import { ErrorSummary, type Fault } from './errors.tsx';
import { Notice } from './text.tsx';

interface PageProps {
  /** The heading, and with the service's name the document's title. */
  title: string;
  /** What stands above the heading, such as the reference of the case. */
  caption?: ComponentChildren;
  back?: { href: string; text: string };
  /** What is wrong with the answers; the summary takes the focus when it comes. */
  faults?: readonly Fault[];
  /** Whether a question of the page is its heading, so that none is drawn here. */
  questionIsHeading?: boolean;
  /** Over the whole width, for tables; prose is kept narrower. */
  wide?: boolean;
  children: ComponentChildren;
}

/** A page. What the page before left to say stands at its top. */
export function Page({ title, caption, back, faults = [], questionIsHeading = false, wide = false, children }: PageProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [notice] = useState<(() => string) | null>(() => takeNotice());
  useTitle(faults.length > 0 ? `${texts('common')('form.errorTitle')}: ${title}` : title);
  useFocusedHeading(frame);
  return (
    <div ref={frame} class={wide ? 'wide' : 'narrow'}>
      {back && <BackLink href={back.href}>{back.text}</BackLink>}
      {notice && <Notice>{notice()}</Notice>}
      <ErrorSummary faults={faults} />
      {!questionIsHeading && (
        <h1 class="govuk-heading-l" tabIndex={-1}>
          {caption && <span class="govuk-caption-l">{caption}</span>}
          {title}
        </h1>
      )}
      {children}
    </div>
  );
}

/** Shows a title in the browser's bar, with the service's name. */
export function useTitle(title: string): void {
  const whole = `${title} – ${texts('common')('page.service')}`;
  useEffect(() => { document.title = whole; }, [whole]);
}

// Where a screen reader goes on reading after the address has changed. The first page of a visit is read from its top; whoever sets a filter
// goes on from it, because the arrow keys set a list of choices at every press.
let firstShown = false;

function useFocusedHeading(frame: { current: HTMLElement | null }): void {
  const shown = useRef(false);
  useEffect(() => {
    if (!shown.current || !address.value.adjusted) focusHeading(frame.current);
    shown.current = true;
  }, [address.value]);
}

function focusHeading(frame: HTMLElement | null): void {
  if (!firstShown) {
    firstShown = true;
    return;
  }
  frame?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  scrollTo(0, 0);
}
