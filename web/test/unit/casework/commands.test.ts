// The table of the commands: held to the service's description, so that neither can drift, and to what follows from it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';

import { bodyOf, empty, refusedFields, satang, stillOffered, wrongIn } from '../../../src/casework/decide/answers.ts';
import { differences } from '../../../src/casework/decide/changed.ts';
import { commands, formOf } from '../../../src/casework/decide/commands.ts';
import { goesAnywhere, shareable } from '../../../src/casework/decide/options.ts';
import { type About, type Answers, asked, type CommandForm, hindrance } from '../../../src/casework/decide/steps.ts';
import { after, firstOpen, givenIn } from '../../../src/casework/decide/way.ts';
import type { Case } from '../../../src/casework/model.ts';
import { loadTexts } from '../../../src/lib/i18n.ts';
import english from '../../../text/decide/en.json';

const root = join(import.meta.dirname, '../../..');

interface Described {
  fields: string[];
  required: string[];
}

// What the description says of the body of each command, read from the types that are generated of it.
function described(): Map<string, Described | null> {
  const file = ts.createSourceFile('schema.d.ts', readFileSync(join(root, 'src/lib/schema.d.ts'), 'utf8'), ts.ScriptTarget.Latest, true);
  const operations = new Map<string, ts.TypeLiteralNode>();
  const posts = new Map<string, string>();
  for (const statement of file.statements) {
    if (!ts.isInterfaceDeclaration(statement)) continue;
    for (const member of statement.members) {
      if (!ts.isPropertySignature(member) || member.type === undefined || !ts.isTypeLiteralNode(member.type)) continue;
      const name = nameOf(member);
      if (statement.name.text === 'operations') operations.set(name, member.type);
      const command = /^\/api\/v1\/cases\/\{id\}\/([a-z-]+)$/.exec(name)?.[1];
      const post = member.type.members.find((one) => nameOf(one) === 'post' && (one as ts.PropertySignature).questionToken === undefined) as ts.PropertySignature | undefined;
      if (statement.name.text === 'paths' && command !== undefined && post !== undefined) posts.set(command, /operations\["(\w+)"\]/.exec(post.getText())?.[1] ?? '');
    }
  }
  return new Map([...posts].map(([command, operation]) => [command, bodyIn(operations.get(operation))]));
}

function nameOf(member: ts.TypeElement): string {
  return member.name === undefined ? '' : ts.isStringLiteral(member.name) ? member.name.text : member.name.getText();
}

function within(type: ts.TypeNode | undefined, name: string): ts.TypeNode | undefined {
  if (type === undefined || !ts.isTypeLiteralNode(type)) return undefined;
  return (type.members.find((one) => nameOf(one) === name) as ts.PropertySignature | undefined)?.type;
}

function bodyIn(operation: ts.TypeNode | undefined): Described | null {
  const body = within(within(within(operation, 'requestBody'), 'content'), 'application/json');
  if (body === undefined) return null;
  const members = fieldsOf(body);
  return { fields: members.map(({ name }) => name), required: members.filter(({ needed }) => needed).map(({ name }) => name) };
}

function fieldsOf(type: ts.TypeNode): { name: string; needed: boolean }[] {
  if (ts.isParenthesizedTypeNode(type)) return fieldsOf(type.type);
  if (ts.isIntersectionTypeNode(type) || ts.isUnionTypeNode(type)) return type.types.flatMap(fieldsOf);
  if (!ts.isTypeLiteralNode(type)) return /Times"\]/.test(type.getText()) ? ['occurred_at', 'recorded_at'].map((name) => ({ name, needed: false })) : [];
  return (type.members as ts.NodeArray<ts.PropertySignature>).map((one) => ({ name: nameOf(one), needed: one.questionToken === undefined }));
}

beforeAll(() => loadTexts('casework', 'decide', 'common'));

const table = described();

function questions(form: CommandForm) {
  return form.steps.flatMap((step) => step.questions);
}

function outer(field: string): string {
  return field.split('.')[0] ?? field;
}

describe('the table of the commands', () => {
  test('has every command of the description, and no other', () => {
    expect(table.size).toBeGreaterThan(50);
    expect(Object.keys(commands).sort()).toEqual([...table.keys()].sort());
  });

  test.each(Object.keys(commands).filter((command) => formOf(command) !== null))('asks for %s what the description names', (command) => {
    const form = formOf(command) as CommandForm;
    const body = table.get(command) ?? { fields: [], required: [] };
    const given = [...new Set([...questions(form).map(({ field }) => outer(field)), ...Object.keys(form.fixed ?? {})])];
    const times: string[] = body.fields.filter((field) => field === 'occurred_at' || field === 'recorded_at');
    expect(given.sort()).toEqual(body.fields.filter((field) => !times.includes(field)).sort());
    expect(times.length === 0, 'happens when it is asked for').toBe(form.immediate === true);
    const always = form.steps.filter((step) => step.when === undefined).flatMap((step) => step.questions).filter(({ required }) => required).map(({ field }) => outer(field));
    for (const field of body.required) expect([...always, ...Object.keys(form.fixed ?? {})], `${field} is needed`).toContain(field);
  });

  test.each(Object.keys(commands))('has the words of %s', (command) => {
    const words: Record<string, string> = english;
    expect(words[`command.${command}`]).toBeDefined();
    const form = formOf(command);
    if (form === null) return;
    for (const { label, hint } of questions(form)) for (const key of [label, ...(hint === undefined ? [] : [hint])]) expect(words[key], key).toBeDefined();
    for (const { title } of form.steps) if (title !== undefined) expect(words[title], title).toBeDefined();
    for (const key of [form.warning, form.only?.otherwise]) if (key !== undefined) expect(words[key], key).toBeDefined();
    if (form.second !== undefined) expect(commands[form.second]).toBeDefined();
  });

  test('notices a field that is not asked', () => {
    const fields = table.get('refer')?.fields ?? [];
    expect(questions({ steps: (formOf('refer') as CommandForm).steps.slice(1) }).map(({ field }) => field)).not.toEqual(fields);
  });
});

const empties = {
  referrals: [], hand_over_requests: [], services: [], periods: [], grants: [], withdrawals: [], glass: [], exclusions: [], erasure: null, claims: [],
  disagreements: [], screenings: [], decisions: [], team: null, shelter: null, child: null, entitlements: [], possible: [], hold: false, stage: 'screening',
  status: 'to_conclude', agency: 'datip',
} as unknown as Case;

function about(answers: Answers, found: Partial<Case> = {}): About {
  return { found: { ...empties, ...found }, reader: { id: 'me', agency: 'datip', role: 'casemanager' }, answers };
}

const referral = { referral_id: 'r1', from: 'x', to: 'datip', services: ['basic'], hand_over: false, data: [], status: 'pending', sent_at: '', due_at: null, answered_at: null } as Case['referrals'][number];

describe('the way through a command', () => {
  test('does not ask which one where there is one alone, and names it all the same', () => {
    const form = formOf('accept') as CommandForm;
    expect(asked(form, about({}, { referrals: [referral] }))).toEqual([]);
    expect(bodyOf(form, about({}, { referrals: [referral] }))).toEqual({ referral_id: 'r1' });
    expect(asked(form, about({}, { referrals: [referral, { ...referral, referral_id: 'r2' }] }))).toHaveLength(1);
  });

  test('is not there where nothing of the case is concerned', () => {
    expect(hindrance(formOf('accept') as CommandForm, about({}))).toBe('action.notNow');
    expect(hindrance(formOf('accept') as CommandForm, about({}, { referrals: [{ ...referral, to: 'another' }] }))).toBe('action.notNow');
    expect(hindrance(formOf('add-note') as CommandForm, about({}))).toBeNull();
  });

  test('asks what follows from an answer, and sends no answer to what is not asked any more', () => {
    const form = formOf('record-consent') as CommandForm;
    const yes = about({ purpose: 'referral', agreed: 'true', data: ['identity'], reason: 'no reason' });
    expect(asked(form, yes).map(({ name }) => name)).toContain('data');
    expect(bodyOf(form, yes)).toEqual({ purpose: 'referral', agreed: true, data: ['identity'] });
    expect(bodyOf(form, about({ ...yes.answers, agreed: 'false' }))).toEqual({ purpose: 'referral', agreed: false, reason: 'no reason' });
  });

  test('goes to the next question, and back to the check where it came from there', () => {
    const form = formOf('agree-plan') as CommandForm;
    const [wishes] = form.steps;
    if (wishes === undefined) throw new Error('no step');
    expect(after(form, about({ wishes: 'w' }), wishes, false)).toBe('goals');
    expect(after(form, about({ wishes: 'w', goals: 'g', actions: 'a' }), wishes, true)).toBe('check');
    expect(firstOpen(form, about({ wishes: 'w' }))).toBe('goals');
  });

  test('takes from the address what the command is about, and nothing else', () => {
    expect(givenIn(formOf('decline') as CommandForm, new URLSearchParams('referral_id=r1&note=hello&step=note'))).toEqual({ referral_id: 'r1' });
  });
});

describe('answers', () => {
  test('are missing, half given, or no dates', () => {
    const form = formOf('start-period') as CommandForm;
    const order = form.steps.find(({ name }) => name === 'order');
    if (order === undefined) throw new Error('no step');
    expect(wrongIn(order, about({}))).toEqual([]);
    expect(wrongIn(order, about({ 'authority.name': 'a court' }))).toEqual([{ field: 'authority.reference', why: 'missing' }]);
    const until = (formOf('extend-period') as CommandForm).steps.find(({ name }) => name === 'until');
    if (until === undefined) throw new Error('no step');
    expect(wrongIn(until, about({ until: { day: '31', month: '2', year: '2569', time: '10:00' } }))).toEqual([{ field: 'until', why: 'moment' }]);
  });

  test('of an accusation name an agency or an account', () => {
    const accused = (formOf('exclude') as CommandForm).steps[0];
    if (accused === undefined) throw new Error('no step');
    expect(wrongIn(accused, about({})).map(({ why }) => why)).toEqual(['either']);
    expect(wrongIn(accused, about({ agency: 'x' }))).toEqual([]);
    expect(wrongIn(accused, about({ agency: 'x', account: '09a04105-7dfe-80cb-b819-5a748dc94b6c' })).map(({ why }) => why)).toEqual(['either']);
  });

  test('are nested, counted in satang, and found in addresses', () => {
    expect(satang('12,500.50')).toBe(1_250_050);
    expect(satang('๑๒')).toBe(1200);
    expect(satang('-1')).toBeNull();
    expect(empty({ day: '', month: '', year: '', time: ' ' })).toBe(true);
    const id = '09a04105-7dfe-80cb-b819-5a748dc94b6c';
    expect(bodyOf(formOf('link') as CommandForm, about({ other: `https://songtor.example/cases/${id}/timeline`, kind: 'family' }))).toEqual({ other: id, kind: 'family' });
    expect(bodyOf(formOf('lift-hold') as CommandForm, about({ 'authority.name': 'a', 'authority.reference': '1', reason: 'r' })))
      .toEqual({ authority: { name: 'a', reference: '1' }, reason: 'r' });
    expect(bodyOf(formOf('assign') as CommandForm, about({ assignee: 'nobody' }))).toEqual({ assignee: '' });
  });

  test('chosen of a list are given anew where they are not on it any more', () => {
    const [step] = (formOf('advance-claim') as CommandForm).steps.slice(1);
    const [question] = step?.questions ?? [];
    if (question === undefined) throw new Error('no question');
    const claims = [{ claim_id: 'c', kind: 'civil', step: 'submitted' }] as Case['claims'];
    expect(stillOffered(question, about({ step: 'approved' }, { claims }))).toBe(true);
    expect(stillOffered(question, about({ step: 'submitted' }, { claims }))).toBe(false);
    expect(stillOffered(question, about({ step: 'submitted' })), 'nothing is known of a list that is not there').toBe(true);
  });

  test('that the service refuses are found at their questions', () => {
    const form = formOf('lift-hold') as CommandForm;
    expect(refusedFields(form, [{ pointer: '/authority/name', keyword: 'x' }, { pointer: '/unheard', keyword: 'x' }])).toEqual([{ field: 'authority.name', why: 'refused' }]);
    expect(refusedFields(formOf('file-claim') as CommandForm, [{ pointer: '/items/0/amount', keyword: 'x' }])).toEqual([{ field: 'items', why: 'refused' }]);
  });
});

describe('what may go along', () => {
  const grant = (more: Partial<Case['grants'][number]>) => ({ purpose: 'referral', answer: 'given', ...more }) as Case['grants'][number];

  test('is what was agreed to, for the recipient before all others', () => {
    const found = { ...empties, grants: [grant({ data: ['identity'] }), grant({ recipient: 'shelter', data: ['health'] }), grant({ recipient: 'police', answer: 'withdrawn' })] };
    expect(shareable(found, '')).toEqual(['identity']);
    expect(shareable(found, 'shelter')).toEqual(['health']);
    expect(shareable(found, 'police')).toEqual([]);
    expect(shareable(empties, 'shelter')).toEqual([]);
    expect(shareable({ ...empties, grants: [grant({ purpose: 'support' })] }, 'shelter')).toEqual([]);
  });

  test('is nothing once the time is over for which it was agreed to', () => {
    expect(shareable({ ...empties, grants: [grant({ until: '2001-01-01T00:00:00Z' })] }, 'shelter')).toEqual([]);
    expect(shareable({ ...empties, grants: [grant({ until: '2999-01-01T00:00:00Z' })] }, 'shelter')).toHaveLength(5);
  });

  test('goes somewhere where the person lets it go to anybody of whom no answer is awaited', () => {
    const toOne = { ...empties, grants: [grant({ answer: 'withdrawn' }), grant({ recipient: 'shelter' })] };
    expect(goesAnywhere(empties)).toBe(false);
    expect(hindrance(formOf('refer') as CommandForm, about({}))).toBe('refer.nobody');
    expect(hindrance(formOf('refer') as CommandForm, about({}, toOne))).toBeNull();
    expect(goesAnywhere({ ...empties, grants: [grant({})] })).toBe(true);
    expect(goesAnywhere(toOne)).toBe(true);
    expect(goesAnywhere({ ...toOne, referrals: [{ ...referral, to: 'shelter' }] })).toBe(false);
    expect(goesAnywhere({ ...empties, grants: [grant({}), grant({ recipient: 'shelter', answer: 'refused' })] })).toBe(true);
  });

  test('of a child is everything, unless it was withdrawn for the child', () => {
    const child = { branch: 'child', guardian: true, best_interests: true } as const;
    expect(shareable({ ...empties, child }, 'shelter')).toHaveLength(5);
    expect(shareable({ ...empties, child, grants: [grant({ answer: 'withdrawn' })] }, 'shelter')).toEqual([]);
  });
});

describe('what has changed meanwhile', () => {
  test('is shown beside what it was, and nothing else', () => {
    const form = formOf('conclude-screening') as CommandForm;
    expect(differences(form, empties, empties)).toEqual([]);
    const moved = { ...empties, hold: true, decisions: [{ type: 'screening.concluded', result: 'no', happened_at: '', reasons: null }] } as Case;
    const found = differences(form, empties, moved);
    expect(found.map(({ field }) => field)).toContain('grounds');
    expect(found).toHaveLength(3);
  });
});
