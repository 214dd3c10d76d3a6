#!/usr/bin/env node
// Four people on their way through the whole national referral mechanism, call by call, against the demonstration (make run):
//
//   (a) a foreign adult from a scam compound          (c) an adult who refuses consent
//   (b) a Thai child                                  (d) a person found not to be a victim, whose case is reassessed and reversed
//
//   node api/examples/whole-nrm.mjs [http://localhost:8080]
//
// After every step that moves a case it prints in which stage view the case stands now. All four people are synthetic: the forms are
// those in schemas/testdata/valid.

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const base = `${process.argv[2] ?? 'http://localhost:8080'}/api/v1`;
const stages = ['frontline', 'screening', 'identification', 'protection'];

class Problem extends Error {
  constructor(what, status, body) {
    super(`${what}: ${status} ${JSON.stringify(body)}`);
    Object.assign(this, { status, body });
  }
}

async function http(token, method, path, body, headers = {}) {
  const response = await fetch(base + path, {
    method,
    headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { 'Content-Type': 'application/json' }), ...headers },
    body: body && JSON.stringify(body),
  });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Problem(`${method} ${path}`, response.status, answer);
  return answer;
}

async function signIn(username) {
  const { token } = await http(null, 'POST', '/session', { username, password: 'demo-only' });
  return token;
}

const [responder, manager, team, shelter] = await Promise.all(['responder', 'casemanager', 'team', 'shelter'].map(signIn));

// --- what a person's case is told -------------------------------------------------------------------------------------------------

async function submit(form) {
  const body = JSON.parse(await readFile(new URL(`../../schemas/testdata/valid/${form}.json`, import.meta.url), 'utf8'));
  const receipt = await http(responder, 'PUT', `/screenings/${randomUUID()}`, body);
  return { id: receipt.case_id, reference: receipt.case_reference, position: receipt.position };
}

/** Gives a command to a case and returns the command's id, by which what it made is named. */
async function give(who, person, command, body = {}) {
  const id = randomUUID();
  const receipt = await http(who, 'POST', `/cases/${person.id}/${command}`, body, { 'Idempotency-Key': id });
  person.position = receipt.position;
  return id;
}

/** Expects a command to be refused by a rule. */
async function refused(rule, who, person, command, body = {}) {
  try {
    await give(who, person, command, body);
  } catch (problem) {
    if (problem.body?.rule === rule) {
      console.log(`    refused by ${rule}; possible now: ${problem.body.possible.slice(0, 6).join(', ')}, ...`);
      return;
    }
    throw problem;
  }
  throw new Error(`${command} should have been refused by ${rule}`);
}

const seen = (who, person) => http(who, 'GET', `/cases/${person.id}`);

// --- what the stage views show ------------------------------------------------------------------------------------------------------

async function rowOf(stage, person) {
  for (let after = ''; ;) {
    const query = new URLSearchParams({ limit: '200', order: 'newest', position: String(person.position), ...(after && { after }) });
    const page = await http(manager, 'GET', `/stages/${stage}/cases?${query}`);
    const row = page.items.find((item) => item.case_id === person.id);
    if (row || !page.next) return row;
    after = page.next;
  }
}

async function show(person, what) {
  const rows = await Promise.all(stages.map((stage) => rowOf(stage, person)));
  const cells = rows.map((row, i) => (row ? `[${stages[i]}: ${row.status}]` : stages[i]));
  console.log(`  ${person.reference}  ${cells.join(' > ')}   ${what}`);
  const standing = rows.findIndex(Boolean);
  if (rows.filter(Boolean).length !== 1) throw new Error('a case stands in one stage');
  return { stage: stages[standing], ...rows[standing] };
}

function expect(row, stage, status) {
  if (row.stage !== stage || row.status !== status) throw new Error(`stands in ${row.stage}: ${row.status}, expected ${stage}: ${status}`);
}

const data = ['identity', 'contact', 'answers', 'health', 'decisions'];

async function handOver(person) {
  const referral = await give(responder, person, 'refer', { to: 'datip', services: ['shelter_temp', 'legal_info'], hand_over: true, data });
  await give(manager, person, 'accept', { referral_id: referral });
  await give(manager, person, 'assign', { assignee: 'me' });
}

async function conclude(person, grounds, elements) {
  await give(manager, person, 'conclude-screening', { grounds, elements, narrative: 'Synthetic reasons.' });
}

async function decide(person, outcome, opinion = outcome) {
  await give(manager, person, 'convene-team', {
    members: [{ agency: 'sdhs-bangkok' }, { agency: 'rtp-atpd' }, { agency: 'dlpw' }, { agency: 'ngo-yuttitham' }],
  });
  await give(team, person, 'hold-interview', { language: 'eng', notes: 'Synthetic notes of the interview.' });
  await give(team, person, 'give-finding', { outcome: opinion, elements: { act: 'present', purpose: 'unclear' }, reasons: 'Synthetic reasons.' });
  await give(team, person, 'decide-identification', { outcome, grounds: 'Synthetic grounds.' });
}

// --- (a) ------------------------------------------------------------------------------------------------------------------------------

async function foreignAdult() {
  console.log('\n(a) A foreign adult from a scam compound');
  const person = await submit('adult-scam-compound');
  expect(await show(person, 'the form arrives, consent given'), 'screening', 'to_conclude');
  await give(responder, person, 'assess-safety', { danger: 'in_danger', from: ['employer'], measures: 'Moved at once.' });
  await give(responder, person, 'give-information', { topics: ['protection_stages', 'compensation_legal_aid', 'non_punishment'], language: 'eng', understood: true });
  await give(responder, person, 'set-hold', { basis: 'Made to defraud people under threat.' });
  await give(responder, person, 'request-service', { service: 'medical_urgent', provider: 'hospital-mae-sot' });
  await show(person, 'urgent care asked for: it waits for no decision');
  await handOver(person);
  await show(person, 'handed over to the ministry and assigned');
  await conclude(person, 'yes', { act: 'present', means: 'present', purpose: 'present' });
  expect(await show(person, 'presumed victim: reasonable grounds'), 'identification', 'awaiting_decision');
  await give(manager, person, 'start-period', { period: 'reflection' });
  await refused('reflection.no_adverse_step', manager, person, 'lift-hold', { authority: { name: 'Prosecutor', reference: '1/2569' }, reason: 'None.' });
  await give(manager, person, 'pause-period', { period: 'reflection', reason: 'hospital' });
  await give(manager, person, 'resume-period', { period: 'reflection' });
  await give(manager, person, 'end-period', { period: 'reflection', reason: 'person_wishes' });
  await refused('service.not_entitled', manager, person, 'request-service', { service: 'shelter_long', provider: 'shelter-women-central' });
  await decide(person, 'both', 'tip_s6');
  expect(await show(person, 'identified under s.6 and s.6/1; one member dissents'), 'protection', 'in_protection');
  await give(manager, person, 'agree-plan', { goals: 'Safety and wages.', actions: 'Shelter, claim, return.', wishes: 'To go home when it is safe.' });
  const service = await give(manager, person, 'request-service', { service: 'shelter_long', provider: 'shelter-women-central', data: ['identity', 'health'] });
  await give(shelter, person, 'accept-service', { service_id: service });
  await give(manager, person, 'place-in-shelter', { provider: 'shelter-women-central', location: 'House 4 (synthetic)', long_term: true });
  const claim = await give(manager, person, 'file-claim', { kind: 'fund', items: [{ code: 'lost_earnings', amount: 4_500_000 }] });
  await give(manager, person, 'advance-claim', { claim_id: claim, step: 'status_checked' });
  await give(manager, person, 'arrange-return', { own_wish: true, country: 'MMR', assessment: 'The family was traced and is safe.' });
  await give(shelter, person, 'deliver-service', { service_id: service, outcome: 'Stayed six weeks.' });
  await give(manager, person, 'leave-shelter', { reason: 'returned' });
  await give(manager, person, 'complete-return');
  await give(manager, person, 'follow-up', { how: 'Well, at home.' });
  await give(manager, person, 'close', { reason: 'returned' });
  expect(await show(person, 'home, followed up, closed'), 'protection', 'closed');
}

// --- (b) ------------------------------------------------------------------------------------------------------------------------------

async function thaiChild() {
  console.log('\n(b) A Thai child');
  const person = await submit('child-thai');
  await show(person, 'the form arrives: the child\'s branch, no means element');
  await handOver(person);
  await conclude(person, 'yes', { act: 'present', purpose: 'present', means: 'not_needed' });
  await show(person, 'presumed victim');
  await refused('child.guardian_first', team, person, 'decide-identification', { outcome: 'tip_s6', grounds: 'Synthetic grounds.' });
  await give(manager, person, 'appoint-representative', { kind: 'state_guardian', name: 'An officer (synthetic)' });
  await give(manager, person, 'assess-interests', { summary: 'To live with the aunt.', views: 'Wants to go back to school.' });
  await decide(person, 'tip_s6');
  expect(await show(person, 'identified, with a guardian and in the child\'s best interests'), 'protection', 'in_protection');
  const { child } = await seen(manager, person);
  console.log(`    ${JSON.stringify(child)}`);
  await give(manager, person, 'agree-plan', { goals: 'School.', actions: 'Kinship care, school.', wishes: 'To be with the aunt.' });
  const school = await give(manager, person, 'request-service', { service: 'education' });
  await give(manager, person, 'accept-service', { service_id: school });
  await give(manager, person, 'deliver-service', { service_id: school, outcome: 'Back in class.' });
  await give(manager, person, 'close', { reason: 'support_complete' });
  await show(person, 'back in school, closed');
}

// --- (c) ------------------------------------------------------------------------------------------------------------------------------

async function refusingAdult() {
  console.log('\n(c) An adult who refuses consent');
  const person = await submit('refuses-screening');
  expect(await show(person, 'a notice without a name: nothing else is kept'), 'frontline', 'consent_refused');
  await refused('case.ended', responder, person, 'refer', { to: 'datip', services: ['legal_info'] });
  const { items } = await http(manager, 'GET', `/cases/${person.id}/timeline`);
  console.log(`    the whole history: ${items.map((entry) => `${entry.type} ${JSON.stringify(entry.facts)}`).join('; ')}`);
}

// --- (d) ------------------------------------------------------------------------------------------------------------------------------

async function reassessed() {
  console.log('\n(d) A person found not to be a victim, reassessed and reversed');
  const person = await submit('forced-labour-fishing');
  await handOver(person);
  await conclude(person, 'yes', { act: 'present', s6_1_compulsion: 'present' });
  await decide(person, 'not_identified');
  expect(await show(person, 'the team finds no victim'), 'identification', 'not_identified');
  const before = new Date().toISOString();
  await give(manager, person, 'request-reassessment', { reason: 'new_information', note: 'The vessel\'s log was found.' });
  expect(await show(person, 'to be decided anew; the first decision stays'), 'identification', 'reassessing');
  await decide(person, 'forced_labour_s6_1');
  expect(await show(person, 'reversed: victim of forced labour under s.6/1'), 'protection', 'in_protection');
  const then = await http(manager, 'GET', `/cases/${person.id}?as_of=${encodeURIComponent(before)}`);
  const { decisions } = await seen(manager, person);
  console.log(`    as it was known before: ${then.stage}, ${then.status}; decisions on record: ${decisions.map(({ result }) => result).join(', ')}`);
  if (then.status !== 'not_identified' || decisions.length !== 3) throw new Error('the earlier decision is gone');
}

for (const journey of [foreignAdult, thaiChild, refusingAdult, reassessed]) await journey();

console.log('\nThe four stage views now, as the case manager counts them');
const { items } = await http(manager, 'GET', '/stages');
for (const { stage, open, unassigned, overdue } of items) {
  console.log(`  ${stage.padEnd(15)} open ${String(open).padStart(4)}   nobody has ${String(unassigned).padStart(4)}   overdue ${String(overdue).padStart(4)}`);
}
