// The CSV of exactly what a figure shows: the same headings, the same rows, the same words. It is made in the browser from the rows that
// are on the screen, so that the file cannot hold anything that the page does not.

export type Value = string | number;

// Characters with which a spreadsheet takes a text for a formula; a text that begins with one gets an apostrophe before it.
const formula = /^\s*[=+\-@|]|^[\t\r\n]/;

function written(value: Value): string {
  if (typeof value === 'number') return String(value);
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Writes rows as CSV by RFC 4180, with a byte order mark so that spreadsheets read Thai. */
export function csv(rows: readonly (readonly Value[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(written).join(',')).join('\r\n')}\r\n`;
}

/** The address of a file that the page itself holds, to be saved from a link. */
export function address(text: string): string {
  return `data:text/csv;charset=utf-8,${encodeURIComponent(text)}`;
}
