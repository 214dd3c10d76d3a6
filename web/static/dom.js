// Building the page out of elements and text. Nothing here, or anywhere in the page, parses a string as HTML.

/**
 * Makes an element. Attributes that are null, undefined or false are left away; true becomes an empty attribute.
 * Children are nodes, strings, numbers, or lists of them; null and false are left away.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...visible(children));
  return element;
}

function visible(children) {
  return children.flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** The heading of a view. It takes the focus when the view changes, so that a screen reader starts there. */
export function heading(...children) {
  return el('h1', { tabindex: '-1', 'data-key': 'heading' }, ...children);
}

/**
 * Makes a table. Narrow screens show each row as a block with the column's name before each value; the explicit roles keep it
 * a table for assistive technology when its boxes are no longer laid out as one. A row is {key, cells}; its first cell is its header.
 * A caption that repeats the heading above it can be hidden from sight.
 */
export function table(caption, columns, rows, { hidden = false } = {}) {
  const head = columns.map((column) => el('th', { scope: 'col', role: 'columnheader' }, column));
  return el('table', { role: 'table', class: columns.length < 4 && 'short' },
    el('caption', {}, hidden ? el('span', { class: 'unseen' }, caption) : caption),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, head)),
    el('tbody', { role: 'rowgroup' }, rows.map((row) => tableRow(columns, row))));
}

function tableRow(columns, { key, cells: [first, ...rest] }) {
  return el('tr', { role: 'row', 'data-key': key },
    el('th', { scope: 'row', role: 'rowheader', 'data-column': columns[0] }, el('span', {}, first)),
    rest.map((cell, i) => el('td', { role: 'cell', 'data-column': columns[i + 1] }, el('span', {}, cell))));
}

/** Makes a list of terms and their values; pairs whose value is null are left away. */
export function facts(pairs) {
  return el('dl', { class: 'facts' }, pairs.filter(([, value]) => value !== null && value !== undefined)
    .map(([term, value]) => el('div', {}, el('dt', {}, term), el('dd', {}, value))));
}

/**
 * Makes parent's children look like wanted, changing only what differs, so that the focus, the scroll position and a half-typed
 * answer stay where they are. Elements are matched by data-key, others by tag and place. Listeners of wanted are not carried over.
 */
export function update(parent, wanted) {
  const present = new Map([...parent.childNodes].map((node, i) => [identity(node, i), node]));
  const target = wanted.map((node, i) => patched(present.get(identity(node, i)), node));
  const staying = new Set(target);
  for (const node of [...parent.childNodes]) {
    if (!staying.has(node)) node.remove();
  }
  target.forEach((node, i) => {
    if (parent.childNodes[i] !== node) parent.insertBefore(node, parent.childNodes[i] ?? null);
  });
}

function identity(node, place) {
  return `${node.nodeName} ${node.dataset?.key ?? place}`;
}

function patched(present, wanted) {
  if (present === undefined) return wanted;
  if (present.nodeType === Node.TEXT_NODE) {
    if (present.data !== wanted.data) present.data = wanted.data;
    return present;
  }
  patchAttributes(present, wanted);
  update(present, [...wanted.childNodes]);
  return present;
}

// What a reader has unfolded stays unfolded.
function patchAttributes(present, wanted) {
  for (const { name } of [...present.attributes]) {
    const readers = name === 'open' && present.tagName === 'DETAILS';
    if (!wanted.hasAttribute(name) && !readers) present.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (present.getAttribute(name) !== value) present.setAttribute(name, value);
  }
}
