// The parts of casework that only reckon: where a case stands, what comes next, filters and addresses, timelines, comparisons.

import { describe, expect, it } from 'vitest';

import { type Answers, sections } from '../../../src/casework/answers.ts';
import { compare, line } from '../../../src/casework/compare.ts';
import { earlier, restOfDay, standing } from '../../../src/casework/deadline.ts';
import { filled, queueFilter, queueQuery, savedFilter, takeQuery, workAddress, workFilter, workQuery } from '../../../src/casework/filters.ts';
import type { Case, Entry, Reader, Task } from '../../../src/casework/model.ts';
import { next as nextOf } from '../../../src/casework/next.ts';
import { waiting } from '../../../src/casework/parts/held.ts';
import { byDay, moments, narrowed, times } from '../../../src/casework/timeline.ts';
import { steps } from '../../../src/casework/tracker.ts';

const now = Date.parse('2026-11-23T10:00:00Z'); // 17:00 in Thailand

describe('the stages', () => {
  it('say where the case is and what it has passed', () => {
    expect(steps('identification').map(({ state }) => state)).toEqual(['passed', 'passed', 'current', 'ahead']);
    expect(steps('protection', false).at(-1)?.state).toBe('passed');
  });
});

describe('what comes to the top of a list', () => {
  it('waits while something is left of what was shown, however much of that goes', () => {
    expect(waiting(['b', 'a'], new Set())).toBe(0);
    expect(waiting(['c', 'b', 'a'], new Set(['b', 'a']))).toBe(1);
    expect(waiting(['d', 'c', 'a', 'z'], new Set(['b', 'a']))).toBe(2);
    expect(waiting(['d', 'c'], new Set(['b', 'a']))).toBe(0);
    expect(waiting([], new Set(['a']))).toBe(0);
  });
});

describe('a deadline', () => {
  it.each([
    [null, 'none'],
    ['2026-11-23T10:00:00Z', 'overdue'],
    ['2026-11-23T13:59:59Z', 'hours'],
    ['2026-11-23T16:59:00Z', 'today'], // 23:59 in Thailand
    ['2026-11-23T17:00:00Z', 'today'], // with the end of the day
    ['2026-11-23T17:00:01Z', 'tomorrow'],
    ['2026-11-24T17:00:00Z', 'tomorrow'],
    ['2026-11-24T17:00:01Z', 'later'],
  ])('%s is %s', (dueAt, urgency) => {
    expect(standing(dueAt, now).urgency).toBe(urgency);
  });

  it('tells how long it is overdue', () => {
    expect(standing('2026-11-21T08:58:30Z', now)).toEqual({ urgency: 'overdue', days: 2, hours: 1, minutes: 1 });
  });

  it('comes before what has none', () => {
    const dates = [null, '2026-11-24T00:00:00Z', undefined, '2026-11-23T23:00:00+07:00'];
    expect(dates.toSorted(earlier)).toEqual(['2026-11-23T23:00:00+07:00', '2026-11-24T00:00:00Z', null, undefined]);
  });

  it('is due today up to the end of the day in Thailand, which is of it', () => {
    expect(restOfDay(now)).toEqual({ from: '2026-11-23T10:00:00.000Z', until: '2026-11-23T17:00:00.001Z' });
  });
});

const reader: Reader = { id: 'me', agency: 'datip', role: 'casemanager' };

function task(more: Partial<Task>): Task {
  return { id: '1', kind: 'plan_to_agree', agency: 'datip', since: '2026-11-20T00:00:00Z', overdue: false, ...more };
}

function next(found: { tasks: Task[]; possible: string[]; team?: Case['team'] }, by: Reader) {
  return nextOf({ team: null, ...found }, by);
}

describe('the next action', () => {
  it('is what is due first of what the reader can do', () => {
    const tasks = [
      task({ kind: 'follow_up', due_at: '2026-12-01T00:00:00Z' }),
      task({ kind: 'service_to_answer', agency: 'shelter', due_at: '2026-11-01T00:00:00Z' }), // of others
      task({ kind: 'referral_to_answer', due_at: '2026-11-25T00:00:00Z', ref: 'r1' }),
      task({ kind: 'plan_to_agree' }),
    ];
    const found = next({ tasks, possible: ['follow-up', 'accept', 'decline', 'agree-plan', 'accept-service'] }, reader);
    expect(found).toMatchObject({ command: 'accept', otherwise: 'decline', parameters: { referral_id: 'r1' } });
  });

  it('is first what lies before the reader in person', () => {
    const tasks = [
      task({ kind: 'follow_up', due_at: '2026-11-24T00:00:00Z', assignee: 'somebody else' }),
      task({ kind: 'plan_to_agree', due_at: '2026-11-30T00:00:00Z', assignee: 'me' }),
    ];
    expect(next({ tasks, possible: ['follow-up', 'agree-plan'] }, reader)?.command).toBe('agree-plan');
  });

  it('says what a case waits for where the reader can do nothing', () => {
    const tasks = [task({ kind: 'finding_to_give', agency: 'rtp-atpd' })];
    expect(next({ tasks, possible: ['add-note'] }, reader)).toMatchObject({ command: null, task: { kind: 'finding_to_give' } });
    expect(next({ tasks: [], possible: [] }, reader)).toBeNull();
  });

  it('convenes a team once, and then waits for it', () => {
    const tasks = [task({ kind: 'identification_to_decide' })];
    expect(next({ tasks, possible: ['convene-team'] }, reader)?.command).toBe('convene-team');
    const team = { team_id: 't', since: '2026-11-20T00:00:00Z', members: [] };
    expect(next({ tasks, possible: ['convene-team'], team }, reader)?.command).toBeNull();
    expect(next({ tasks, possible: ['convene-team', 'decide-identification'], team }, reader)?.command).toBe('decide-identification');
  });

  it('does not propose to end a period that still runs', () => {
    const running = task({ kind: 'period_ends', ref: 'reflection', due_at: '2026-11-24T00:00:00Z' });
    const plan = task({ kind: 'plan_to_agree', due_at: '2026-11-30T00:00:00Z' });
    const possible = ['end-period', 'extend-period', 'agree-plan'];
    expect(next({ tasks: [running, plan], possible }, reader)?.command).toBe('agree-plan');
    expect(next({ tasks: [{ ...running, overdue: true }, plan], possible }, reader)).toMatchObject({
      command: 'end-period', parameters: { period: 'reflection' },
    });
  });
});

describe('filters', () => {
  it('go to the address and back', () => {
    const filter = queueFilter(new URLSearchParams('status=unclear&province=TH-50&urgent=true&order=due&nonsense=1'));
    expect(queueFilter(new URLSearchParams(filled({ ...filter })))).toEqual(filter);
    expect(filled({ ...filter })).toEqual({ status: 'unclear', province: 'TH-50', urgent: 'true', order: 'due' });
  });

  it('ask for open cases where no status is chosen, and for all where all are', () => {
    expect(queueQuery(queueFilter(new URLSearchParams('')))).toEqual({ open: 'true' });
    expect(queueQuery(queueFilter(new URLSearchParams('status=all')))).toEqual({});
    expect(queueQuery(queueFilter(new URLSearchParams('status=closed')))).toEqual({ status: 'closed' });
  });

  it('are the same after they were saved', () => {
    for (const written of ['', 'status=all', 'status=closed&province=TH-50', 'due=overdue&order=newest']) {
      const filter = queueFilter(new URLSearchParams(written));
      expect(savedFilter(new URLSearchParams(queueQuery(filter)).toString())).toEqual(filter);
    }
  });

  it('of the next case leave out what is no condition of it', () => {
    expect(takeQuery(queueFilter(new URLSearchParams('assignee=me&order=due&province=TH-50')))).toEqual({ province: 'TH-50' });
  });

  const today = { from: '2026-11-23T10:00:00.000Z', until: '2026-11-23T17:00:00.000Z' };
  const work = (written: string) => workFilter(new URLSearchParams(written), 'me');

  it('of work know what is due today', () => {
    expect(workQuery(work('due=today'), today)).toEqual({ box: 'tasks', assignee: 'me', due_from: today.from, due_before: today.until });
    expect(workQuery(work('whose=all&kind=new'), today)).toEqual({ box: 'tasks', kind: ['referral_to_answer', 'hand_over_to_answer', 'service_to_answer'] });
  });

  it('of referrals leave out what is for tasks alone', () => {
    expect(workQuery(work('box=incoming&due=overdue&whose=none&kind=new'), today)).toEqual({ box: 'incoming', overdue: 'true' });
    expect(work('box=none').box).toBe('tasks');
  });

  it('of work go to the address and back', () => {
    for (const written of ['', 'box=pending', 'whose=all&due=overdue', 'box=own&whose=none&kind=new&urgent=true&province=TH-50']) {
      expect(new URLSearchParams(workAddress(work(written), 'me')).toString()).toBe(written);
    }
  });
});

function entry(more: Partial<Entry>): Entry {
  const at = '2026-11-23T10:00:00Z';
  return {
    number: 1, index: 0, position: 1, type: 'case.opened', version: 1, happened_at: at, recorded_at: at, accepted_at: at,
    actor: { user: 'u', agency: 'rtp-atpd', role: 'responder' }, command: 'case.open', facts: {}, stage: 'frontline', status: 'first_contact', ...more,
  };
}

describe('a timeline', () => {
  const entries = [
    entry({}),
    entry({ number: 2, position: 5, index: 1, type: 'consent.given', accepted_at: '2026-11-23T16:59:59Z' }),
    entry({ number: 2, position: 5, index: 0, type: 'screening.recorded', accepted_at: '2026-11-23T16:59:59Z' }),
    entry({ number: 3, position: 9, type: 'case.note_added', accepted_at: '2026-11-23T17:00:00Z', actor: { user: 'v', agency: 'datip', role: 'casemanager' } }),
  ];

  it('is read from the newest day to the oldest, each act by itself', () => {
    expect(byDay(entries).map(({ acts }) => acts.map(({ entries: of }) => of.map(({ type }) => type)))).toEqual([
      [['case.note_added']],
      [['screening.recorded', 'consent.given'], ['case.opened']],
    ]);
  });

  it('is narrowed by what it is about and by whose doing it is', () => {
    expect(narrowed(entries, { subject: 'consent', agency: '' }).map(({ type }) => type)).toEqual(['consent.given']);
    expect(narrowed(entries, { subject: null, agency: 'datip' }).map(({ type }) => type)).toEqual(['case.note_added']);
  });

  it('tells the times that differ', () => {
    expect(times({ happened_at: '2026-11-23T08:00:00Z', recorded_at: '2026-11-23T08:00:30Z', accepted_at: '2026-11-23T19:00:00Z' }))
      .toEqual({ happened: '2026-11-23T08:00:00Z', recorded: null, accepted: '2026-11-23T19:00:00Z' });
  });

  it('has a moment for each commit', () => {
    expect(moments(entries)).toEqual(['2026-11-23T10:00:00.001Z', '2026-11-23T16:59:59.001Z', '2026-11-23T17:00:00.001Z']);
  });
});

describe('a comparison', () => {
  const of = (identity: Answers) => ({
    screenings: [{ screening_id: 's', form: 'screening', form_version: 1, happened_at: '', corrections: 0, answers: null, findings: null, identity: identity as Record<string, never> }],
  });
  const said = (value: unknown) => ({ state: 'answered', value });

  it('says what agrees, what differs and what is not known', () => {
    const lines = compare(
      of({ d_name_said: said('Ma Aye  Aye'), d_sex: said('female'), d_birth_date: said('1999'), d_nickname: { state: 'declined' } }),
      of({ d_name_said: said('ma aye-aye'), d_sex: said('female'), d_birth_date: said('1998-05'), d_nationality: said('MMR') }),
    );
    expect(lines.map(({ field, verdict }) => [field, verdict])).toEqual([
      ['d_name_said', 'same'], ['d_birth_date', 'different'], ['d_sex', 'same'], ['d_nationality', 'unknown'],
    ]);
  });

  it('takes no silence for agreement', () => {
    expect(compare({ screenings: [] }, { screenings: [] })).toEqual([]);
    expect(line('d_sex', null, 'female').verdict).toBe('unknown');
  });

  it('cannot tell whether a name is the same in another script', () => {
    expect(line('d_name_said', 'ကျော်ဇော', 'Kyaw Zaw').verdict).toBe('unknown');
    expect(line('d_name_said', 'Ko Zaw', 'Kyaw Zaw').verdict).toBe('different');
    expect(line('d_age_years', '42', '43').verdict).toBe('different');
  });
});

describe('a form', () => {
  const question = (ref: string, more = {}) => ({ $ref: `#/$defs/${ref}`, 'x-widget': 'radios', ...more });
  const answered = (value: object) => ({ allOf: [{ then: { properties: { value } } }] });
  const schema = {
    'x-sections': [{ id: 'c', items: ['c_injury', 'c_needs'] }, { id: 'd', items: ['d_papers', 'd_country'] }, { id: 'e', items: ['e_vis'] }],
    properties: { answers: { properties: { c_injury: question('item_yes_no', { 'x-urgent': true }) }, allOf: [{ then: { properties: {
      c_needs: question('item_needs'), d_papers: question('item_papers'), d_country: question('item_country'),
    } } }] } },
    $defs: {
      item_yes_no: answered({ $ref: '#/$defs/yes_no' }), yes_no: { 'x-i18n': 'choices.yes_no' },
      item_needs: answered({ type: 'array', items: { $ref: '#/$defs/need' } }), need: { 'x-i18n': 'choices.need' },
      item_papers: answered({ type: 'array', items: { $ref: '#/$defs/paper' } }),
      paper: { properties: { kind: { $ref: '#/$defs/yes_no', 'x-i18n': 'members.paper.kind' }, valid: { type: 'boolean', 'x-i18n': 'members.paper.valid' } } },
      item_country: { properties: { value: { $ref: '#/$defs/country' } } }, country: { 'x-codes': 'countries' },
    },
  };
  const words = {
    text: {
      sections: { c: { title: 'Safety' }, d: { title: 'Person' } }, items: { c_injury: { label: 'Hurt?' }, c_needs: { label: 'Needs?' }, d_papers: { label: 'Papers?' }, d_country: { label: 'Country?' } },
      members: { paper: { kind: 'Kind', valid: 'Valid' } }, choices: { yes_no: { yes: 'Yes' }, need: { food: 'Food', rest: 'Rest' }, source: { person: 'The person' } },
    },
    nameOf: (list: string, code: string) => `${list}:${code}`, yes: 'Ja', no: 'Nein',
  };

  it('is read in its own words', () => {
    const read = sections(schema, {
      c_injury: { state: 'answered', value: 'yes', source: 'person' }, c_needs: { state: 'answered', value: ['food', 'rest'] },
      d_papers: { state: 'answered', value: [{ kind: 'yes', valid: false }] }, d_country: { state: 'declined' },
    }, words);
    expect(read.map(({ title }) => title)).toEqual(['Safety', 'Person']);
    expect(read[0]?.rows[0]).toMatchObject({ label: 'Hurt?', values: ['Yes'], source: 'The person', urgent: true });
    expect(read[0]?.rows[1]).toMatchObject({ values: ['Food', 'Rest'], urgent: false });
    expect(read[1]?.rows[0]?.entries).toEqual([[{ label: 'Kind', value: 'Yes' }, { label: 'Valid', value: 'Nein' }]]);
    expect(read[1]?.rows[1]).toMatchObject({ state: 'declined', values: [] });
  });

  it('names the codes of the service', () => {
    const [first] = sections(schema, { d_country: { state: 'answered', value: 'MMR' } }, words);
    expect(first?.rows[0]?.values).toEqual(['countries:MMR']);
  });
});
