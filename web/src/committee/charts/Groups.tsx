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

interface Props {
  groups: readonly Group[];
  most: number;
  /** What is said of a group that has nothing but withheld counts. */
  allWithheld: string;
}

export function Groups({ groups, most, allWithheld }: Props) {
  return (
    <div class="bar-groups">
      {groups.map(({ key, label, total, bars }) => (
        <section key={key} class="bar-groups__group">
          <h3 class="bar-groups__label">{label} <span class="bar-groups__total">{total}</span></h3>
          {bars.every(({ count }) => count === null) ? <p class="bar-groups__none">{allWithheld}</p> : <Bars bars={bars} most={most} />}
        </section>
      ))}
    </div>
  );
}
