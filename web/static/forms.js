// Forms made of described fields: what they look like, what was filled in, and what is wrong with it. A field is {name, kind, label}
// with options, value, hint and required where they apply. A name with a dot lies inside another: authority.name.

import { el } from './dom.js';
import { momentFrom, partsOfMoment, t } from './i18n.js';

const places = ['day', 'month', 'year', 'time'];

/** Makes a form. Its name tells a view with several which one was sent; errors are those of reading. */
export function form(name, { fields, errors = [], submit, label, look = 'primary', hidden = {} }) {
  return el('form', { 'data-key': name, 'data-form': name, method: 'post', novalidate: true, 'aria-label': label },
    Object.entries(hidden).map(([key, value]) => el('input', { type: 'hidden', name: key, value })),
    fields.map((field) => drawn(field, errors.find((error) => error.name === field.name))),
    el('button', { class: look }, submit));
}

/** A form without questions: a button that does one thing. About what is added for those who do not see where the button stands. */
export function button(name, text, hidden, about = null) {
  return el('form', { 'data-key': `${name} ${Object.values(hidden).join(' ')}`, 'data-form': name, method: 'post', class: 'inline' },
    Object.entries(hidden).map(([key, value]) => el('input', { type: 'hidden', name: key, value })),
    el('button', { class: 'quiet' }, text, about && el('span', { class: 'unseen' }, ` ${about}`)));
}

/** What lies at the top of a form that was not accepted: what is wrong, each leading to its field. */
export function errorSummary(title, errors, fields) {
  if (errors.length === 0) return null;
  return el('div', { class: 'error-summary', role: 'alert', tabindex: '-1', 'data-key': 'errors' },
    el('h2', {}, title),
    el('ul', {}, errors.map((error) => {
      const field = fields.find(({ name }) => name === error.name);
      return el('li', {}, el('a', { href: `#${field === undefined ? 'main' : firstId(field)}` }, messageOf(error, field)));
    })));
}

function messageOf({ key, values }, field) {
  return t(key, { field: field?.label ?? '', ...values });
}

function idOf(name) {
  return `field-${name.replaceAll('.', '-')}`;
}

function firstId({ name, kind, options }) {
  if (kind === 'moment') return `${idOf(name)}-day`;
  return kind === 'choice' || kind === 'choices' ? `${idOf(name)}-${options[0]?.value}` : idOf(name);
}

function drawn(field, error) {
  switch (field.kind) {
    case 'choice':
      return group(field, error, field.options.map((option) => box('radio', field, option)));
    case 'choices':
      return group(field, error, field.options.map((option) => box('checkbox', field, option)));
    case 'flag':
      return el('div', { class: 'field', 'data-key': field.name }, box('checkbox', field, { value: 'true', label: field.label }));
    case 'moment':
      return group(field, error, el('div', { class: 'moment' }, moment(field)));
    default:
      return single(field, error);
  }
}

function single(field, error) {
  const { name, label, hint } = field;
  const id = idOf(name);
  return el('div', { class: error ? 'field wrong' : 'field', 'data-key': name },
    el('label', { for: id }, label),
    hint && el('p', { class: 'hint', id: `${id}-hint`, 'data-key': 'hint' }, hint),
    error && el('p', { class: 'error', id: `${id}-error`, 'data-key': 'error' }, messageOf(error, field)),
    control(field, {
      id, name, 'data-key': 'control', 'aria-invalid': error && 'true',
      'aria-describedby': [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || null,
    }));
}

function control({ kind, options, value, type = 'text', autocomplete = 'off', plain = false }, attributes) {
  switch (kind) {
    case 'select':
      return el('select', attributes, options.map((option) => el('option',
        { value: option.value, selected: option.value === (value ?? '') }, option.label)));
    case 'area':
      return el('textarea', { ...attributes, rows: 4 }, value ?? '');
    default:
      return el('input', {
        ...attributes, type, value, autocomplete, autocapitalize: plain && 'none', spellcheck: plain && 'false',
      });
  }
}

function group(field, error, ...content) {
  const id = idOf(field.name);
  return el('fieldset', {
    class: error ? 'field wrong' : 'field', 'data-key': field.name,
    'aria-describedby': [field.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || null,
  },
  el('legend', {}, field.label),
  field.hint && el('p', { class: 'hint', id: `${id}-hint`, 'data-key': 'hint' }, field.hint),
  error && el('p', { class: 'error', id: `${id}-error`, 'data-key': 'error' }, messageOf(error, field)),
  content);
}

function box(type, { name, value }, option) {
  const id = `${idOf(name)}-${option.value}`;
  const checked = [value].flat().includes(option.value);
  return el('div', { class: 'choice', 'data-key': option.value },
    el('input', { type, id, name, value: option.value, checked, 'data-key': 'control' }),
    el('label', { for: id }, option.label),
    option.hint && el('div', { class: 'hint' }, option.hint));
}

function moment({ name, value }) {
  const written = value ? partsOfMoment(value) : {};
  return places.map((place) => el('div', { class: place, 'data-key': place },
    el('label', { for: `${idOf(name)}-${place}` }, t(`moment.${place}`)),
    el('input', {
      id: `${idOf(name)}-${place}`, name: `${name}.${place}`, 'data-key': 'control', value: written[place],
      inputmode: place === 'time' ? null : 'numeric', autocomplete: 'off',
    })));
}

/** Reads a form: {values, errors}, values by the fields' names, without what was left empty. */
export function reading(element, fields) {
  const data = new FormData(element);
  const values = {};
  const errors = [];
  for (const field of fields) {
    const { value, wrong } = valueOf(data, field);
    if (wrong) errors.push({ name: field.name, key: 'form.moment' });
    else if (value === null && field.required) errors.push({ name: field.name, key: 'form.missing' });
    else if (value !== null) values[field.name] = value;
  }
  return { values, errors };
}

function valueOf(data, { name, kind }) {
  switch (kind) {
    case 'choices':
      return { value: data.getAll(name).length > 0 ? data.getAll(name) : null };
    case 'flag':
      return { value: data.has(name) ? true : null };
    case 'moment': {
      const parts = Object.fromEntries(places.map((place) => [place, data.get(`${name}.${place}`)]));
      if (Object.values(parts).every((part) => part.trim() === '')) return { value: null };
      const value = momentFrom(parts);
      return { value, wrong: value === null };
    }
    default:
      return { value: (data.get(name) ?? '').trim() || null };
  }
}

/** Values whose names have dots, as an object of objects. */
export function nested(values) {
  const body = {};
  for (const [name, value] of Object.entries(values)) {
    const [outer, inner] = name.split('.');
    if (inner === undefined) body[outer] = value;
    else body[outer] = { ...body[outer], [inner]: value };
  }
  return body;
}
