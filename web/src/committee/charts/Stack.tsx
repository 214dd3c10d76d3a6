// Bars that are divided: each is a whole, its parts lie one behind the other. What is left of a whole when some parts are withheld is drawn
// as one withheld part; which of them has how much is not to be seen.

import type { Count } from '../release.ts';
import { percentOf } from './Bars.tsx';
import { withheldFill } from './Withheld.tsx';

export interface Part {
  key: string;
  label: string;
}

export interface Whole {
  key: string;
  label: string;
  /** How many the whole has; where it is withheld, nothing can be divided. */
  total: Count;
  /** The total as it is written. */
  written: string;
  counts: readonly Count[]; // one for each part
}

interface Props {
  parts: readonly Part[];
  wholes: readonly Whole[];
  percent(share: number): string;
}

export function Stack({ parts, wholes, percent }: Props) {
  return (
    <>
      <ul class="chart-keys">
        {parts.map(({ key, label }, index) => (
          <li key={key} class="chart-key">
            <svg class="chart-key__swatch" aria-hidden="true" focusable="false"><rect class={`chart-part-${index}`} width="100%" height="100%" /></svg>
            {label}
          </li>
        ))}
      </ul>
      <ul class="bars">
        {wholes.map((whole) => (
          <li key={whole.key} class="bars__row">
            <span class="bars__label">{whole.label}</span>
            <svg class="bars__bar bars__bar--divided" aria-hidden="true" focusable="false"><Segments whole={whole} percent={percent} /></svg>
            <span class="bars__value">{whole.written}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

const leastForText = 12; // per cent of the width from which on a share can be written into its part

function Segments({ whole, percent }: { whole: Whole; percent(share: number): string }) {
  const { total } = whole;
  if (total === null) return <rect class="chart-withheld" width="100%" height="100%" fill={withheldFill} />;
  return (
    <>
      {segments(total, whole.counts).map(({ part, from, width }) => (
        <g key={part ?? 'withheld'}>
          <rect
            class={part === null ? 'chart-withheld' : `chart-part-${part}`} fill={part === null ? withheldFill : undefined}
            x={`${from}%`} width={`${width}%`} height="100%"
          />
          {part === null || width < leastForText ? null : (
            <text class={`chart-part-text-${part}`} x={`${from + width / 2}%`} y="50%" dy="0.35em" text-anchor="middle">{percent(width / 100)}</text>
          )}
        </g>
      ))}
    </>
  );
}

/** The published parts of a whole one behind the other, and behind them what is left, in per cent of the width. */
export function segments(total: number, counts: readonly Count[]): { part: number | null; from: number; width: number }[] {
  const all: { part: number | null; from: number; width: number }[] = [];
  let from = 0;
  const add = (part: number | null, count: number) => {
    const width = percentOf(count, total);
    if (width > 0) all.push({ part, from, width });
    from += width;
  };
  counts.forEach((count, part) => {
    if (count !== null) add(part, count);
  });
  const known = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  if (counts.includes(null)) add(null, total - known);
  return all;
}
