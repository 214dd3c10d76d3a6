// The lists that are asked for most, as links with their counts.

import type { ComponentChildren } from 'preact';

import { number } from '../../lib/i18n.ts';

export interface QuickLink {
  key: string;
  href: string;
  text: string;
  count?: number | null;
  more?: boolean; // there are more than were counted
  note?: ComponentChildren;
  current?: boolean;
  urgent?: boolean; // where the count is not zero it calls for attention
}

/** Links with their counts. */
export function Quick({ label, links, look = 'row' }: { label: string; links: readonly QuickLink[]; look?: 'row' | 'figures' }) {
  return (
    <nav class={`quick quick--${look}`} aria-label={label}>
      <ul>
        {links.map(({ key, href, text, count, more, note, current, urgent }) => (
          <li key={key}>
            <a href={href} aria-current={current ? 'true' : undefined} class={urgent && count ? 'quick__link quick__link--urgent' : 'quick__link'}>
              {look === 'figures' && <span class="quick__count">{count === null || count === undefined ? '–' : number(count)}{more && '+'}</span>}
              <span class="quick__text">{text}</span>
              {look === 'row' && count !== null && count !== undefined && <> <span class="quick__count">{number(count)}{more && '+'}</span></>}
              {note && <span class="quick__note">{note}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
