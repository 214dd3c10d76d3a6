// Commands on who may know of a case, and for how long. None of them can be taken back, so each happens when it is asked for, is signed,
// and has to be agreed to by somebody else where the rules say so.

import { closed, erasure, exclusion, glass, kept } from '../options.ts';
import { ask, type CommandForm, type Elsewhere, optional, step, together } from '../steps.ts';

const grave = { immediate: true, signed: true };

export const guard: Record<string, CommandForm | Elsewhere> = {
  exclude: {
    ...grave, warning: 'warning.exclude',
    steps: [
      together('accused', [optional(ask('select', 'agency', { options: kept('agencies', { sorted: true }) })), optional(ask('line', 'account'))]),
      step(ask('text', 'reason')),
    ],
  },
  'lift-exclusion': { ...grave, second: 'approve-lift-exclusion', steps: [step(exclusion(false)), step(ask('text', 'reason'))] },
  'approve-lift-exclusion': { ...grave, steps: [step(exclusion(true))] },
  'break-glass': {
    ...grave, warning: 'warning.break-glass', second: 'approve-break-glass',
    steps: [
      step(ask('one', 'reason', { options: closed('glass_reason') })),
      step(ask('many', 'scopes', { hint: 'hint.scopes', options: closed('scope', 'statistics') })),
      step(ask('text', 'text', { label: 'field.emergency' })),
    ],
  },
  'approve-break-glass': { ...grave, steps: [step(glass((one) => one.approve_by !== null && one.approved_at === null))] },
  'review-break-glass': {
    ...grave,
    steps: [
      step(glass((one) => one.reviewed_at === null)), step(ask('one', 'verdict', { options: closed('verdict') })),
      step(ask('text', 'text', { label: 'field.reasons' })),
    ],
  },
  'set-legal-hold': { ...grave, steps: [step(ask('text', 'basis'))] },
  'lift-legal-hold': { ...grave, steps: [step(ask('text', 'reason'))] },
  'request-erasure': {
    ...grave, second: 'approve-erasure', warning: 'warning.request-erasure',
    steps: [step(ask('one', 'reason', { options: closed('erasure_reason', 'retention') }))],
  },
  'approve-erasure': { ...grave, steps: [step(erasure)], warning: 'warning.approve-erasure', leaves: true },
  'refuse-erasure': { ...grave, steps: [step(erasure), step(ask('text', 'note'))] },
};
