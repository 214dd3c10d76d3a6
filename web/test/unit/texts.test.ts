// The words of the page: every language has the same ones, with the same holes.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../text');
const areas = readdirSync(folder);

/** The beginnings of ids whose end is a code that the program has in a variable, by area. What has no dot at its end is a whole id. */
const made: Record<string, string[]> = {
  account: ['account.assurance.', 'account.client.', 'account.thing.'],
  administration: [
    'act.', 'agencies.about', 'agencies.kind.', 'devices.about', 'devices.silent.', 'ending.', 'forms.about', 'held.about', 'held.reason.', 'held.source.',
    'held.state.', 'holidays.about', 'holidays.kind.', 'limit.', 'limits.about', 'people.about', 'retention.about',
  ],
  casework: [
    'access_outcome.', 'access_purpose.', 'age_band.', 'alert.', 'asked.', 'assessment.', 'audience.', 'box.', 'branch.', 'case.part.', 'case.step.',
    'claim_step.', 'class.', 'close_reason.', 'column.', 'consent.', 'correction_reason.', 'danger.', 'data.', 'duplicate_state.', 'element.',
    'end_reason.', 'erasure_reason.', 'erasure_stage.', 'event.', 'evidence.', 'filter.', 'glass_reason.', 'grounds.', 'group.', 'incident.',
    'leave_reason.', 'list.', 'need.', 'outcome.', 'part.', 'part_name.', 'pause_reason.', 'period.', 'period_state.', 'purpose.', 'reassess_reason.',
    'referral_kind.', 'referral_status.', 'reopen_reason.', 'report.kind.', 'return.', 'revoke_reason.', 'rung.', 'scope.', 'screening.state.',
    'service_status.', 'sex.', 'stage.', 'status.', 'subject.', 'task.', 'verdict.', 'verdict_of.', 'work.',
  ],
  committee: [
    'about.covers.', 'about.gaps.', 'about.protection.', 'basis.', 'category.', 'correction.', 'dimension.', 'downloads.', 'finding.', 'measure.', 'named.',
    'nav.', 'period.', 'proposals.rule.', 'standard.', 'subject.', 'title.', 'universe.', 'where.level.',
  ],
  common: [
    'connection.', 'form.', 'moment.', 'problem.', 'read-only.', 'role.', 'signin.invitation', 'signin.missing.', 'signin.problem',
    'signin.step.', 'signin.wrong.', 'stale.', 'trouble.',
  ],
  decide: [
    'amend.', 'command.', 'data.', 'element.', 'elsewhere.', 'field.', 'form.', 'kept.', 'papers.', 'representative.', 'rule.', 'step.', 'wrong.',
  ],
  interview: ['danger.', 'elsewhere.', 'fault.', 'listen.', 'locked.', 'standing.', 'tasks.'],
  letters: ['answer.', 'month.'],
  person: [],
  responder: ['receipt.', 'state.'],
};

function words(area: string, file: string): Record<string, string> {
  return JSON.parse(readFileSync(join(folder, area, file), 'utf8')) as Record<string, string>;
}

function holes(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([hole]) => hole).sort();
}

/** All that is between quotes in the program and in what writes letters: a part of a template up to its first hole, too. */
function quoted(): Set<string> {
  const found = new Set<string>();
  for (const place of ['src', 'sw', '../internal/letter']) {
    const root = join(import.meta.dirname, '../..', place);
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(tsx?|go)$/.test(file) || /(_test\.go|schema\.d\.ts)$/.test(file)) continue;
      for (const [, text] of readFileSync(join(root, file), 'utf8').matchAll(/['"`]([\w.-]+)(?=['"`%]|\$\{)/g)) found.add(text ?? '');
    }
  }
  return found;
}

/** The id that the program names for a text which is there for one thing and for several. */
function named(id: string): string {
  return id.replace(/\.(one|other)$/, '');
}

const inUse = quoted();

describe.each(areas)('the words of %s', (area) => {
  const files = readdirSync(join(folder, area));
  const first = words(area, files[0] ?? '');

  test.each(files)('in %s are the same ones', (file) => {
    expect(Object.keys(words(area, file)).sort()).toEqual(Object.keys(first).sort());
  });

  test.each(files)('in %s have the same holes, and none is empty', (file) => {
    for (const [key, text] of Object.entries(words(area, file))) {
      expect(holes(text), key).toEqual(holes(first[key] ?? ''));
      expect(text.trim(), key).not.toBe('');
    }
  });

  test('are all used', () => {
    const beginnings = made[area] ?? [];
    const unused = Object.keys(first).filter((id) => !inUse.has(id) && !inUse.has(named(id)) && !beginnings.some((one) => id.startsWith(one)));
    expect(unused).toEqual([]);
  });

  test('that are made of a beginning and a code are there, and the program has the beginning', () => {
    for (const beginning of made[area] ?? []) {
      expect(Object.keys(first).some((id) => id.startsWith(beginning)), beginning).toBe(true);
      const list = beginning.replace(/\.[^.]*$/, '');
      expect(inUse.has(`${list}.`) || inUse.has(list), beginning).toBe(true);
    }
  });
});
