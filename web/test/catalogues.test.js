// The texts are complete, and the page builds itself without parsing strings. These tests read the sources and need no browser.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

import { codeLists, codes } from '../static/codes.js';
import { momentFrom } from '../static/i18n.js';
import { commandsOf } from '../static/permissions.js';
import { languages, texts } from '../testing/browser.js';

const page = new URL('../static/', import.meta.url);
const repository = new URL('../../', import.meta.url);

const catalogues = Object.fromEntries(await Promise.all(languages.map(async (tag) => [tag, await texts(tag)])));
const scripts = await sources(page, '.js');
const html = await readFile(new URL('index.html', page), 'utf8');

async function sources(folder, ending) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(ending));
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(new URL(name, folder), 'utf8') })));
}

function matches(pattern, text) {
  return [...text.matchAll(pattern)].map(([, found]) => found);
}

const code = scripts.map(({ text }) => text).join('\n');
const literals = [...matches(/\b(?:t\(|key: )'([^']+)'/g, code), ...matches(/data-(?:text|label)="([^"]+)"/g, html)];
const families = [
  ...matches(/\b(?:t\(|key: )`([^`$]+)\$\{/g, code),
  ...matches(/\b(?:word|count|options|optionsWithout)\('([^']+)'/g, code).map((list) => `${list}.`),
  ...matches(/\bchoice\('\w+', '([^']+)'/g, code).map((list) => `${list}.`),
  ...matches(/\bword\(`([^`$]+)\$\{/g, code),
];

// The closed lists of the domain by the names that the page gives them.
const types = {
  stage: 'Stage', status: 'Status', role: 'Role', purpose: 'Purpose', grounds: 'Grounds', task: 'TaskKind', rung: 'Rung', period: 'PeriodName',
  data: 'DataClass', consent: 'Consent', referral_status: 'ReferralStatus', service_status: 'ServiceStatus', claim_step: 'ClaimStep',
  return: 'ReturnStatus', subject: 'Subject', kept: 'Kept', outcome: 'Outcome', element: 'Element', assessment: 'Assessment', need: 'Need',
  danger: 'Danger', audience: 'Audience', branch: 'AgeBranch', pause_reason: 'PauseReason', end_reason: 'EndReason',
  revoke_reason: 'RevokeReason', reassess_reason: 'ReassessReason', close_reason: 'CloseReason', reopen_reason: 'ReopenReason',
  leave_reason: 'LeaveReason', correction_reason: 'CorrectionReason', scope: 'Scope', glass_reason: 'GlassReason', verdict: 'Verdict',
  erasure_reason: 'ErasureReason', erasure_stage: 'ErasureStage',
};

const lists = await closedLists();

describe('the catalogues', () => {
  it('have the same keys in the same order', () => {
    assert.deepEqual(Object.keys(catalogues.th), Object.keys(catalogues.en));
  });

  it('have the same holes and no empty text', () => {
    const holes = (text) => matches(/\{(\w+)\}/g, text).sort();
    for (const [key, text] of Object.entries(catalogues.en)) {
      assert.notEqual(text.trim(), '', key);
      assert.notEqual(catalogues.th[key].trim(), '', key);
      assert.deepEqual(holes(catalogues.th[key]), holes(text), key);
    }
  });

  it('have every key that the page uses', () => {
    assert.ok(literals.length > 40, 'the pattern finds the keys');
    for (const key of literals) assert.ok(key in catalogues.en, key);
    for (const family of families) assert.ok(Object.keys(catalogues.en).some((key) => key.startsWith(family)), family);
  });

  it('have no key that the page does not use', () => {
    const unused = Object.keys(catalogues.en).filter(
      (key) => !literals.includes(key) && !families.some((family) => key.startsWith(family)),
    );
    assert.deepEqual(unused, []);
  });

  for (const [list, codes] of Object.entries(lists)) {
    it(`have words for every ${list} of the service`, () => {
      assert.ok(codes.length > 0, 'the pattern finds the codes');
      for (const code of codes) assert.ok(`${list}.${code}` in catalogues.en, `${list}.${code}`);
    });
  }
});

/** The codes that the service's own sources list, so that a new one cannot come without words. */
async function closedLists() {
  const domain = await goSource('domain/');
  const inbox = await goSource('projections/inbox/');
  const record = await goSource('internal/accesslog/');
  const constants = (type, source = domain) => matches(new RegExp(String.raw`\b${type} += "([\w.-]+)"`, 'g'), source);
  const statistics = await readFile(new URL('projections/statistics/categories.go', repository), 'utf8');
  const dimensions = [...statistics.matchAll(/dimension\{"(\w+)", \[\]string\{([^}]+)\}/g)]
    .map(([, name, values]) => [`category.${name}`, words(values)]);
  const events = matches(/EventType\(\) string \{ return "([\w.]+)" \}/g, domain);
  return {
    ...Object.fromEntries(Object.entries(types).map(([list, type]) => [list, constants(type)])),
    event: events,
    rule: rules(domain, events),
    command: matches(/^\t\w+ +Action = "([\w-]+)"/gm, commands(await goSource('internal/access/'))),
    box: constants('Box', inbox).filter((box) => box !== 'own'),
    alert: constants('AlertKind', record),
    access_outcome: constants('Outcome', record),
    access_purpose: constants('Purpose', await goSource('internal/access/')),
    referral_kind: constants('ReferralKind', inbox),
    evidence: constants('Kind', await goSource('internal/matching/')),
    table: dimensions.map(([list]) => list.replace('category.', '')),
    ...Object.fromEntries(dimensions),
  };
}

// The part of the list of actions that holds the commands on a case.
function commands(access) {
  const [part] = matches(/^\/\/ The commands on a case[^\n]*\nconst \(([\s\S]+?)^\)/gm, access);
  return part;
}

async function goSource(folder) {
  const files = await sources(new URL(folder, repository), '.go');
  return files.filter(({ name }) => !name.endsWith('_test.go')).map(({ text }) => text).join('\n');
}

// What a command can be refused by. A name that ends in an underscore is finished by the status that it should have had.
function rules(domain, events) {
  const names = new Set(matches(/"([a-z]+\.[a-z_0-9]+)"/g, domain));
  return [...names].filter((name) => !events.includes(name) && !name.endsWith('_'));
}

// Age bands are their own words.
function words(values) {
  return values.split(',').map((value) => value.trim().replaceAll('"', '')).filter((value) => /^[a-z]/.test(value));
}

describe('what people choose from', () => {
  for (const list of codeLists()) {
    it(`is the service's whole list of ${list}`, () => {
      assert.deepEqual([...codes(list)].sort(), [...lists[list]].sort());
    });
  }
});

describe('the commands that are offered', async () => {
  const matrix = await readFile(new URL('internal/access/matrix.md', repository), 'utf8');

  // The commands that a block of the matrix allows on some case, of all blocks of a role.
  function allowed(names) {
    const blocks = matrix.split('```').filter((_, n) => n % 2 === 1).map((block) => block.trim().split('\n'));
    const rows = blocks.filter(([header]) => names.includes(header.split(/[ /]/)[0])).flatMap(([, ...lines]) => lines);
    const yes = rows.filter((row) => !row.startsWith('never ') && row.includes('+')).map((row) => row.split(' ')[0]);
    return [...new Set(yes)].filter((name) => lists.command.includes(name)).sort();
  }

  for (const role of ['responder', 'casemanager', 'team', 'shelter', 'auditor', 'admin', 'committee']) {
    it(`are those of the matrix for a ${role}`, () => {
      assert.deepEqual([...commandsOf(role)].sort(), allowed(role === 'casemanager' ? [role, 'ministry'] : [role]));
    });
  }
});

describe('a written moment', () => {
  const written = [
    ['a Buddhist year', ['23', '11', '2569', '14:05'], '2026-11-23T07:05:00.000Z'],
    ['a common year', ['23', '11', '2026', '14.05'], '2026-11-23T07:05:00.000Z'],
    ['Thai digits', ['๒๓', '๑๑', '๒๕๖๙', '๑๔:๐๕'], '2026-11-23T07:05:00.000Z'],
    ['Burmese digits', ['၁', '၂', '၂၀၂၆', '၀၀:၀၀'], '2026-01-31T17:00:00.000Z'],
    ['a day that there is not', ['31', '2', '2569', '10:00'], null],
    ['a time that there is not', ['1', '2', '2569', '24:00'], null],
    ['words', ['one', '2', '2569', '10:00'], null],
    ['nothing', ['', '', '', ''], null],
  ];
  for (const [name, [day, month, year, time], wanted] of written) {
    it(`is read from ${name}`, () => assert.equal(momentFrom({ day, month, year, time }), wanted));
  }
});

describe('the sources', () => {
  it('parse no string as HTML or code', () => {
    const sinks = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function/;
    for (const { name, text } of scripts) assert.doesNotMatch(text, sinks, name);
  });

  it('have no inline script, style or handler', () => {
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
    for (const { name, text } of scripts) assert.doesNotMatch(text, /\bstyle:|\.style\b/, name);
  });

  it('load nothing from elsewhere', () => {
    for (const { name, text } of [...scripts, { name: 'index.html', text: html }]) assert.doesNotMatch(text, /https?:\/\//, name);
  });
});
