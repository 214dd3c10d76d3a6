// The closed lists are those of the service's own sources, so that a new code cannot come without words.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { codeLists, codes } from '../../src/lib/codes.ts';

const repository = join(import.meta.dirname, '../../..');
const texts = join(repository, 'web/text');

// The lists of the domain by the names that the page gives them.
const types: Readonly<Record<string, string>> = {
  stage: 'Stage', status: 'Status', role: 'Role', purpose: 'Purpose', grounds: 'Grounds', task: 'TaskKind', rung: 'Rung', period: 'PeriodName',
  data: 'DataClass', consent: 'Consent', referral_status: 'ReferralStatus', service_status: 'ServiceStatus', claim_step: 'ClaimStep',
  return: 'ReturnStatus', subject: 'Subject', kept: 'Kept', outcome: 'Outcome', element: 'Element', assessment: 'Assessment', need: 'Need',
  danger: 'Danger', audience: 'Audience', branch: 'AgeBranch', pause_reason: 'PauseReason', end_reason: 'EndReason',
  revoke_reason: 'RevokeReason', reassess_reason: 'ReassessReason', close_reason: 'CloseReason', reopen_reason: 'ReopenReason',
  leave_reason: 'LeaveReason', correction_reason: 'CorrectionReason', scope: 'Scope', glass_reason: 'GlassReason', verdict: 'Verdict',
  erasure_reason: 'ErasureReason', erasure_stage: 'ErasureStage',
};

function goSource(folder: string): string {
  const path = join(repository, folder);
  return readdirSync(path).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))
    .map((name) => readFileSync(join(path, name), 'utf8')).join('\n');
}

function matches(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

const domain = goSource('domain');
const events = matches(/EventType\(\) string \{ return "([\w.]+)" \}/g, domain);

function constants(type: string, source: string): string[] {
  return matches(new RegExp(String.raw`\b${type} += "([\w.-]+)"`, 'g'), source);
}

// What a command can be refused by. A name that ends in an underscore is finished by the status that it should have had.
function rules(): string[] {
  const names = new Set(matches(/"([a-z]+\.[a-z_0-9]+)"/g, domain));
  return [...names].filter((name) => !events.includes(name) && !name.endsWith('_'));
}

// The part of the list of actions that holds the commands on a case.
function commands(): string[] {
  const [part = ''] = matches(/^\/\/ The commands on a case[^\n]*\nconst \(([\s\S]+?)^\)/gm, goSource('internal/access'));
  return matches(/^\t\w+ +Action = "([\w-]+)"/gm, part);
}

const lists: Readonly<Record<string, string[]>> = {
  ...Object.fromEntries(Object.entries(types).map(([list, type]) => [list, constants(type, domain)])),
  event: events,
  rule: rules(),
  command: commands(),
  alert: constants('AlertKind', goSource('internal/accesslog')),
  access_outcome: constants('Outcome', goSource('internal/accesslog')),
  access_purpose: constants('Purpose', goSource('internal/access')),
  referral_kind: constants('ReferralKind', goSource('projections/inbox')),
  evidence: constants('Kind', goSource('internal/matching')),
};

const written = new Set(readdirSync(texts).flatMap((area) =>
  Object.keys(JSON.parse(readFileSync(join(texts, area, readdirSync(join(texts, area))[0] ?? ''), 'utf8')) as object)));

describe('there are words', () => {
  test.each(Object.keys(lists))('for every %s of the service', (list) => {
    expect(lists[list]?.length, 'the pattern finds the codes').toBeGreaterThan(0);
    expect(lists[list]?.filter((code) => !written.has(`${list}.${code}`))).toEqual([]);
  });
});

describe('what people choose from', () => {
  test.each(codeLists())('is the whole list of %s', (list) => {
    expect([...codes(list)].sort()).toEqual([...(lists[list] ?? [])].sort());
  });
});
