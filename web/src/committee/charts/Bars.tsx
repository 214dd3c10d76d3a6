// Bars that lie: one a category, with its words before it and its count behind it. They are rows of text with a drawing in each, so that
// they wrap, grow and print as text does, and are read aloud without a table.

import type { Count } from '../release.ts';
import { withheldFill } from './Withheld.tsx';

export interface Bar {
  key: string;
  label: string;
  count: Count;
  /** The count as it is written, or the word for a withheld one. */
  written: string;
  /** The share as it is written, where there is one. */
  share?: string;
}

interface Props {
  bars: readonly Bar[];
  /** The count whose bar fills the width; the bars of one figure share it. */
  most: number;
}

export function Bars({ bars, most }: Props) {
  return (
    <ul class="bars">
      {bars.map((bar) => (
        <li key={bar.key} class="bars__row">
          <span class="bars__label">{bar.label}</span>
          <svg class="bars__bar" aria-hidden="true" focusable="false">
            {bar.count === null
              ? <rect class="chart-withheld" width="100%" y="30%" height="40%" fill={withheldFill} />
              : <rect class="chart-bar" width={`${percentOf(bar.count, most)}%`} height="100%" />}
          </svg>
          <span class={bar.count === null ? 'bars__value bars__value--withheld' : 'bars__value'}>
            {bar.written}
            {bar.share === undefined ? null : <span class="bars__share">{` ${bar.share}`}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** How much of the width a count takes. */
export function percentOf(count: number, most: number): number {
  return most === 0 ? 0 : Math.round((count / most) * 10_000) / 100;
}
