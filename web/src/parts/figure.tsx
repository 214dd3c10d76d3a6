// The frame of a picture of numbers: its finding as its caption, and beneath it the same numbers as a table.

import type { ComponentChildren } from 'preact';

import { Details } from './text.tsx';

interface FigureProps {
  /** What the picture shows, as a sentence. */
  finding: string;
  children: ComponentChildren;
  table?: { summary: string; content: ComponentChildren };
  download?: { href: string; text: string; name: string };
}

/** A picture of numbers. */
export function Figure({ finding, children, table, download }: FigureProps) {
  return (
    <figure class="figure">
      <figcaption class="govuk-heading-m">{finding}</figcaption>
      {children}
      {table && <Details summary={table.summary}>{table.content}</Details>}
      {download && <p class="govuk-body"><a class="govuk-link" href={download.href} download={download.name}>{download.text}</a></p>}
    </figure>
  );
}
