// The form for one command on a case.

import { command as give, read } from '../api.js';
import { concerns, formOf, preface } from '../actions.js';
import { el, heading } from '../dom.js';
import { errorSummary, form, nested, reading } from '../forms.js';
import { t, word } from '../i18n.js';
import { leaveNotice } from '../notices.js';
import { commandsOf } from '../permissions.js';
import { fieldErrors, problem } from '../problems.js';
import { caseAddress } from '../route.js';
import { troubleView } from './trouble.js';

/** Opens the view. The query fills in fields; done() is called when the command was accepted. */
export async function actionView(id, command, query, user, signal) {
  const address = `/cases/${encodeURIComponent(id)}`;
  const spec = formOf(command);
  if (spec === undefined) return troubleView({ status: 404 });
  const found = await read(address, signal);
  const key = crypto.randomUUID(); // whatever is repeated, it is this one command
  let { position } = found; // the case as the reader knows it
  let errors = [];
  let failure = null;

  function fields() {
    return spec.fields(found, user).map((field) => (query.has(field.name) ? { ...field, value: query.get(field.name) } : field));
  }

  function draw() {
    const possible = found.possible.includes(command) && concerns(command, found, user);
    return [
      el('p', {}, el('a', { href: caseAddress(id) }, t('action.back', { reference: found.case_reference }))),
      errorSummary(t('form.problem'), errors, fields()),
      failure && problem(failure, { caseId: id, offers: (name) => formOf(name) !== undefined && commandsOf(user.role).includes(name) }),
      heading(word('command', command)),
      possible ? [preface(command, found), form('action', {
        fields: fields(), errors, label: word('command', command),
        submit: failure?.kind === 'case-has-moved' ? t('action.again') : t('action.submit'),
      })] : el('p', { class: 'inset' }, t('action.notNow')),
    ].flat(Infinity).filter(Boolean);
  }

  async function submit(element) {
    const { values, errors: wrong } = reading(element, fields());
    [errors, failure] = [wrong, null];
    if (errors.length > 0) return;
    try {
      await give(`${address}/${command}`, key, { ...nested(spec.change?.(values) ?? values), ...spec.body }, position);
    } catch (error) {
      refused(error);
      return;
    }
    leaveNotice(() => t('action.done', { command: word('command', command) }));
    location.hash = caseAddress(id);
  }

  function refused(error) {
    if (error.status === 401) throw error;
    errors = fieldErrors(error, fields());
    if (errors.length > 0) return;
    failure = error;
    position = error.position ?? position; // what has changed is shown now, so that the next answer knows of it
  }

  return {
    title: () => (errors.length > 0 || failure !== null ? t('action.errorTitle', { command: word('command', command) }) : word('command', command)),
    draw,
    submit,
  };
}
