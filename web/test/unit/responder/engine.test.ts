// What the answers make of the form: which questions are asked, what is dropped, and what is sent.

import { describe, expect, test } from 'vitest';

import type { Answers, Draft } from '../../../src/responder/draft.ts';
import { asked, body, check, checkAnswer, relevant } from '../../../src/responder/form/engine.ts';
import { dangers, questionAfter, sectionsOf, six, sixBefore, stepToDo } from '../../../src/responder/form/path.ts';
import { type Json, objectOf } from '../../../src/responder/form/schema.ts';
import { choicesOf, memberLabel } from '../../../src/responder/form/words.ts';
import { fixture, form, words } from './form.ts';

const now = new Date('2026-06-01T12:00:00Z');

function answersOf(name: string): Answers {
  return objectOf(fixture(`valid/${name}`)).answers as unknown as Answers;
}

function yes(value: string): Answers[string] {
  return { state: 'answered', value };
}

describe('what is asked', () => {
  test('of an adult who refuses: nothing of what happened', () => {
    const { keys } = asked(form, { d_under_18: yes('no'), b_consent_screening: yes('no') });
    expect(keys.has('b_refusal_screening')).toBe(true);
    expect([...keys].filter((key) => /^[e-p]_/.test(key))).toEqual([]);
  });

  test('of a child who refuses: the child’s branch, without the means', () => {
    const { keys } = asked(form, { d_under_18: yes('yes'), b_consent_screening: yes('no') });
    expect(keys.has('j_company')).toBe(true);
    expect(keys.has('g_force')).toBe(false);
  });

  test('of a child of four: no question on functioning; of five: all six', () => {
    const at = (years: number) => asked(form, { d_under_18: yes('yes'), d_age_years: { state: 'answered', value: years } }).keys;
    expect(six.filter((key) => at(4).has(key))).toEqual([]);
    expect(six.filter((key) => at(5).has(key))).toEqual([...six]);
  });

  test('what follows from an answer that fell away is not asked either', () => {
    const answers: Answers = { ...answersOf('minimal-adult.json'), i_forced_labour_or_services: yes('yes'), k_force: yes('yes') };
    expect(asked(form, answers).keys.has('k_force')).toBe(true);
    const refused = { ...answers, b_consent_screening: yes('no') };
    expect(Object.keys(relevant(form, refused)).filter((key) => /^[ik]_/.test(key))).toEqual([]);
  });

  test('an answer that became irrelevant stays in the draft and counts again', () => {
    const answers: Answers = { ...answersOf('minimal-adult.json'), d_given_name: yes('A') };
    expect(relevant(form, { ...answers, b_consent_screening: yes('no') }).d_given_name).toBeUndefined();
    expect(relevant(form, answers).d_given_name).toEqual(yes('A'));
  });
});

describe('what is sent', () => {
  const draft: Draft = {
    id: 'x', form: 'screening', version: 1, hash: '', officerLanguage: 'th', personLanguage: 'my', province: 'TH-50',
    startedAt: '2026-03-02T03:15:00.000Z', updatedAt: '2026-03-02T03:15:00.000Z', initials: 'A', cursor: 'check',
    answers: { ...answersOf('minimal-adult.json'), k_force: yes('yes') },
  };

  test('is accepted, without what was not asked and without what only the phone needs', () => {
    const sent = body(draft, form, new Date('2026-03-02T04:00:00Z'));
    expect(check(form, sent as unknown as Json, now)).toEqual([]);
    expect(Object.keys(sent).sort()).toEqual(['answers', 'form', 'occurred_at', 'province', 'recorded_at', 'version']);
    expect(sent.answers.k_force).toBeUndefined();
  });

  test('with the answer that was not asked left in, it would be refused', () => {
    const sent = { ...body(draft, form, new Date('2026-03-02T04:00:00Z')), answers: draft.answers };
    expect(check(form, sent as unknown as Json, now)).toEqual([{ pointer: '/answers', keyword: 'unevaluatedProperties' }]);
  });
});

describe('one answer by itself', () => {
  test.each([
    ['d_age_years', { state: 'answered', value: 30 }, []],
    ['d_age_years', { state: 'answered', value: 300 }, [{ pointer: '/value', keyword: 'maximum' }]],
    ['k_force', { state: 'answered' }, [{ pointer: '/value', keyword: 'required' }]],
    ['k_force', { state: 'declined' }, []],
    ['b_consent_screening', { state: 'declined' }, [{ pointer: '/state', keyword: 'const' }, { pointer: '/value', keyword: 'required' }]],
    ['d_given_name', { state: 'answered', value: 'a\u202eb' }, [{ pointer: '/value', keyword: 'x-text' }]],
    ['d_birth_date', { state: 'answered', value: '2533-05-17' }, [{ pointer: '/value', keyword: 'x-not-future' }]],
  ] as const)('%s', (key, given, faults) => {
    expect(checkAnswer(form, key, given, now)).toEqual(faults);
  });
});

describe('the way through', () => {
  test('begins where nothing was answered, and leads to the sections with emergencies first', () => {
    expect(stepToDo({ answers: {} } as Draft)).toBe('province');
    expect(sectionsOf(form, answersOf('minimal-adult.json'))[0]?.id).toBe('c');
  });

  test('goes through the six in their order and past none', () => {
    expect(sixBefore({}, 'e_com')).toBe('e_respondent');
    expect(sixBefore({ e_respondent: yes('self'), e_vis: { state: 'answered', value: 1 } }, 'e_com')).toBe('e_hear');
    expect(sixBefore({ e_respondent: yes('self'), e_vis: { state: 'declined' } }, 'e_hear')).toBeNull();
    const answers = answersOf('minimal-adult.json');
    expect(six.slice(1).every((key, i) => questionAfter(form, answers, six[i] ?? '') === key)).toBe(true);
    expect(questionAfter(form, answers, 'e_com')).toBe('e_accommodation'); // further questions come after the set
  });

  test('finds what is dangerous now', () => {
    expect(dangers(form, { c_danger_now: yes('yes'), c_injury: yes('no'), d_under_18: yes('yes') })).toEqual(['c_danger_now']);
  });
});

test('the words of a row’s choices and of its members are told apart', () => {
  const rows = objectOf(form.items.get('d_documents')?.value);
  const kind = objectOf(objectOf(objectOf(rows.items).properties).kind);
  expect(choicesOf(kind).list).toBe('document_kind');
  expect(memberLabel(words('en'), kind)).toBe('Kind of paper');
});
