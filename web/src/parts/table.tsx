// Tables. A narrow screen shows each row as a block with the column's name before each value; the explicit roles keep it a table for
// assistive technology when its boxes are no longer laid out as one.

import type { ComponentChildren } from 'preact';

export interface Column {
  title: string;
  /** Whether it holds numbers, which are set to the right. */
  numeric?: boolean;
}

export interface Row {
  key: string;
  /** The cells in the order of the columns; the first one heads the row. */
  cells: readonly ComponentChildren[];
}

interface TableProps {
  caption: string;
  /** Whether the caption repeats the heading above it and is hidden from sight. */
  captionHidden?: boolean;
  columns: readonly (Column | string)[];
  rows: readonly Row[];
}

/** A table. */
export function Table({ caption, captionHidden = false, columns, rows }: TableProps) {
  const heads = columns.map((column) => (typeof column === 'string' ? { title: column } : column));
  return (
    <table class={`govuk-table stacking${heads.length > 5 ? ' stacking--wide' : ''}`} role="table">
      <caption class={captionHidden ? 'govuk-visually-hidden' : 'govuk-table__caption govuk-table__caption--m'}>{caption}</caption>
      <thead class="govuk-table__head" role="rowgroup">
        <tr class="govuk-table__row" role="row">
          {heads.map(({ title, numeric }) => <th class={cellClass('header', numeric)} key={title} scope="col" role="columnheader">{title}</th>)}
        </tr>
      </thead>
      <tbody class="govuk-table__body" role="rowgroup">
        {rows.map(({ key, cells }) => (
          <tr class="govuk-table__row" role="row" key={key}>
            {cells.map((cell, i) => {
              const { title, numeric } = heads[i] ?? { title: '' };
              return i === 0
                ? <th class={cellClass('header', numeric)} key={i} scope="row" role="rowheader" data-column={title}><span>{cell}</span></th>
                : <td class={cellClass('cell', numeric)} key={i} role="cell" data-column={title}><span>{cell}</span></td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function cellClass(kind: 'header' | 'cell', numeric: boolean | undefined): string {
  return numeric ? `govuk-table__${kind} govuk-table__${kind}--numeric` : `govuk-table__${kind}`;
}
