// Bars in groups: one group a category of the first thing, in it a bar a category of the second. All bars have one scale, so that they
// compare across groups.

import { type Bar, Bars } from './Bars.tsx';

export interface Group {
  key: string;
  label: string;
  /** How many the group has, as it is written. */
  total: string;
  bars: readonly Bar[];
}

export function Groups({ groups, most }: { groups: readonly Group[]; most: number }) {
  return (
    <div class="bar-groups">
      {groups.map(({ key, label, total, bars }) => (
        <section key={key} class="bar-groups__group">
          <h3 class="bar-groups__label">{label} <span class="bar-groups__total">{total}</span></h3>
          <Bars bars={bars} most={most} />
        </section>
      ))}
    </div>
  );
}
