// Casework in a real browser against the real service: queues, cases, what guards them, and what an auditor reads.

import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { drawn, languages, type Language, openPage, type Opened, signIn, sizes, startBrowser, texts, turnTo, violations, visit } from '../support/browser.ts';
import { type Caller, type Service, signedIn, startService, submitScreening } from '../support/service.ts';

let service: Service;
let browser: Browser;
let opened: Opened | null = null;
let page: Page;

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

afterEach(async () => {
  const faults = opened?.faults ?? [];
  await opened?.context.close();
  opened = null;
  expect(faults, 'errors, and violations of the content security policy').toEqual([]);
});

async function enter(user = 'casemanager', { language = 'en' as Language, size = sizes.desktop } = {}): Promise<Record<string, string>> {
  opened = await openPage(browser, service, { language, size });
  page = opened.page;
  await signIn(page, user);
  return { ...texts('common', language), ...texts('decide', language), ...texts('casework', language) };
}

async function go(path: string, content = 'main h1'): Promise<void> {
  await visit(page, path);
  await page.locator(content).first().waitFor();
}

function heading(text: string | undefined) {
  return page.locator('h1', { hasText: text ?? 'no such text' }).waitFor();
}

/**
 * Two cases that are of one person. The search for them gives way to the loading of people, so that they may not be there yet; and what it
 * finds less likely may go when others have the same name.
 */
async function likelyPair(manager: Caller): Promise<{ case_id: string }[]> {
  const read = async () => (await manager<{ items: { cases: { case_id: string }[] }[] }>('GET', '/duplicates?least=90&limit=1')).items[0];
  await expect.poll(read).toBeDefined();
  return (await read())?.cases ?? [];
}

/** The addresses of casework with what is there once each has loaded. */
async function pages(manager: Caller): Promise<[string, string][]> {
  type Items = { items: { case_id: string; incident_id: string }[] };
  const first = async (path: string) => (await manager<Items>('GET', path)).items[0];
  const [task, incident, disputed] = await Promise.all([
    first('/inbox?limit=1'), first('/incidents?limit=1'), first('/inbox?kind=disagreement_to_settle&limit=1'),
  ]);
  const id = task?.case_id ?? '';
  const [a, b] = await likelyPair(manager);
  return [
    ['/work', 'table'], ['/work?box=incoming', 'table'], ['/stages/screening', 'table'], ['/stages/identification', 'table'],
    ['/stages/protection', 'table'], [`/cases/${id}`, '.next'], [`/cases/${id}/screening`, '.contents'],
    [`/cases/${id}/referrals`, '#referrals'], [`/cases/${id}/documents`, '#add-file'], [`/cases/${id}/timeline`, '.timeline'],
    [`/cases/${disputed?.case_id}/timeline`, '.sides'], [`/cases/${a?.case_id}/duplicates`, '#proposals'],
    [`/cases/${a?.case_id}/duplicates/${b?.case_id}`, '#decide'], [`/cases/${id}/guards`, '#glass'], [`/cases/${id}/access-log`, 'table'],
    ['/duplicates', 'table'], [`/emergency?case=${id}`, 'textarea'], ['/incidents', 'table'], [`/incidents/${incident?.incident_id}`, 'meter'],
    ['/cases/00000000-0000-4000-8000-000000000000', 'a[href^="/emergency"]'],
  ];
}

async function sideways(): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

async function smallTargets(): Promise<string[]> {
  return page.locator('main :is(a, button, select, textarea, summary, input:not([type=radio], [type=checkbox], [type=hidden], [type=range]))').evaluateAll((all) => all
    .filter((target) => target.checkVisibility())
    .map((target) => ({ target, box: target.getBoundingClientRect() }))
    .map(({ target, box }) => ({ target, size: Math.round(target.matches('button') ? Math.min(box.width, box.height) : box.height) }))
    .filter(({ target, size }) => size < 44 && !target.closest('p, li:not(.quick li), dd, .govuk-inset-text, .error, .govuk-back-link, .govuk-error-summary'))
    .map(({ target, size }) => `${size} ${target.textContent}`));
}

describe.each(languages)('in %s', (language) => {
  test('every page of a case manager is accessible', async () => {
    await enter('casemanager', { language });
    for (const [path, content] of await pages(await signedIn(service, 'casemanager'))) {
      await go(path, content);
      expect(await violations(page), path).toEqual([]);
    }
  });

  test('nothing is lost between 320 and 1024 pixels, and every target is large enough', async () => {
    await enter('casemanager', { language });
    for (const [path, content] of await pages(await signedIn(service, 'casemanager'))) {
      await go(path, content);
      for (const width of [1024, 900, 768, 667, 320]) {
        await page.setViewportSize({ width, height: 640 });
        expect(await sideways(), `${path} at ${width}`).toBeLessThanOrEqual(0);
      }
      expect(await smallTargets(), path).toEqual([]);
    }
  });

  test.each(Object.keys(sizes) as (keyof typeof sizes)[])('a task that another agency missed stays within a %s', async (size) => {
    const t = await enter('casemanager', { language, size: sizes[size] });
    await go('/work?box=escalated&whose=all', 'table');
    await page.locator('td .govuk-tag', { hasText: t['inbox.escalated'] ?? '' }).first().waitFor();
    expect(await sideways()).toBeLessThanOrEqual(0);
  });

  test('two answers to a question of the form are put in its words', async () => {
    const manager = await signedIn(service, 'casemanager');
    const { items: [disputed] } = await manager<{ items: { case_id: string; ref: string }[] }>('GET', '/inbox?kind=disagreement_to_settle&limit=1');
    const { disagreements } = await manager<{ disagreements: { answers: { question: string } }[] }>('GET', `/cases/${disputed?.case_id}`);
    const { items, choices } = await manager<{ items: Record<string, { label: string }>; choices: Record<string, Record<string, string>> }>('GET', `/forms/screening/1/text/${language}`);
    const question = disagreements[0]?.answers.question ?? '';
    expect(question, 'the disagreement of the demonstration').toBe('c_injury');
    await enter('casemanager', { language });
    for (const path of [`/cases/${disputed?.case_id}/timeline`, `/cases/${disputed?.case_id}/do/settle-disagreement?disagreement_id=${disputed?.ref}&step=keep`]) {
      await go(path, '.sides');
      await page.getByText(items[question]?.label ?? 'no such question').first().waitFor();
      const answers = await page.locator('.sides__side > .govuk-body').allInnerTexts();
      expect(answers.map((answer) => answer.split('\n')[0]?.trim()), path).toEqual([expect.stringContaining(choices.yes_no?.yes ?? ''), expect.stringContaining(choices.yes_no?.no ?? '')]);
    }
  });

  test('of two answers to a question one may be that there is none', async () => {
    const manager = await signedIn(service, 'casemanager');
    const { items: [disputed] } = await manager<{ items: { case_id: string }[] }>('GET', '/inbox?kind=disagreement_to_settle&limit=1');
    const t = await enter('casemanager', { language });
    await page.route(({ pathname }) => pathname === `/api/v1/cases/${disputed?.case_id}`, async (route) => {
      const answer = await route.fetch();
      const found = await answer.json() as { disagreements: { answers: { other: string } }[] };
      for (const { answers } of found.disagreements) answers.other = 'null';
      await route.fulfill({ response: answer, json: found });
    });
    await go(`/cases/${disputed?.case_id}/timeline`, '.sides');
    await page.locator('.sides__side', { hasText: t['answer.none'] ?? 'no such text' }).waitFor();
  });

  test('what was written down beside an event is put in words', async () => {
    const manager = await signedIn(service, 'casemanager');
    type Found = { case_id: string; records: { type: string; parts: unknown }[] };
    const { items } = await manager<{ items: { case_id: string }[] }>('GET', '/stages/protection/cases?limit=50');
    const cases = await Promise.all(items.map(({ case_id: id }) => manager<Found>('GET', `/cases/${id}`)));
    const { choices } = await manager<{ choices: Record<string, Record<string, string>> }>('GET', `/forms/screening/1/text/${language}`);
    const t = await enter('casemanager', { language });
    for (const [code, words] of [
      ['professional_remote', choices.interpreter_kind?.professional_remote], ['state_guardian', t['representative.state_guardian']],
      ['lost_earnings', '.00'], ['"understood":true', t['answer.yes']],
    ] as const) {
      const found = cases.find(({ records }) => records.some(({ parts }) => JSON.stringify(parts).includes(code)));
      await go(`/cases/${found?.case_id}/timeline`, '.timeline');
      await page.locator('.timeline dd', { hasText: words ?? 'no such text' }).first().waitFor({ state: 'attached' });
      const facts = await page.locator('.timeline dl').evaluateAll((lists) => lists.map(({ textContent }) => textContent));
      expect(facts.filter((text) => /\b[a-z]+_[a-z_]+\b|\btrue\b|[{}]/.test(text ?? '')), code).toEqual([]);
    }
  });

  test('no column is named above nothing on a phone', async () => {
    await enter('casemanager', { language, size: sizes.phone });
    await go('/work?whose=all', 'td');
    const empty = page.locator('.stacking td:has(> span:empty)');
    expect(await empty.count(), 'tasks that cannot be answered in the list').toBeGreaterThan(0);
    expect(await empty.evaluateAll((cells) => cells.filter((cell) => cell.getBoundingClientRect().height > 0).length)).toBe(0);
  });

  test('what is current is told from the rest in colours of the reader\'s own', async () => {
    const manager = await signedIn(service, 'casemanager');
    const { items: [task] } = await manager<{ items: { case_id: string }[] }>('GET', '/inbox?limit=1');
    await enter('casemanager', { language });
    await page.emulateMedia({ forcedColors: 'active' });
    await go(`/cases/${task?.case_id}`, '.next');
    const border = (of: string) => page.locator(of).first().evaluate((element) => getComputedStyle(element).borderBottomColor);
    expect(await border('.sub-navigation a:not([aria-current])')).not.toBe(await border('.sub-navigation a[aria-current]'));
    expect(await border('.header__button[aria-pressed="false"]')).not.toBe(await border('.header__button[aria-pressed="true"]'));
  });

  test('every page of an auditor is accessible', async () => {
    const t = await enter('auditor', { language });
    const { items: [task] } = await (await signedIn(service, 'casemanager'))<{ items: { case_id: string }[] }>('GET', '/inbox?limit=1');
    for (const [path, content] of [['/alerts?show=all', '.quick'], ['/reports', '#value'], [`/cases/${task?.case_id}`, '.next'], [`/cases/${task?.case_id}/access-log`, 'table']] as const) {
      await go(path, content);
      expect(await violations(page), path).toEqual([]);
    }
    await go('/reports', '#value');
    await page.locator('#kind-agency').check();
    await page.locator('#value').selectOption('datip');
    await page.getByRole('button', { name: t['report.submit'] ?? '' }).click();
    await page.locator('#found').waitFor();
    expect(await page.locator('#found ~ table tbody tr').count()).toBeGreaterThan(0);
    expect(await page.getByRole('link', { name: t['report.file'] ?? '' }).getAttribute('href')).toContain('/api/v1/access-report.csv?agency=datip');
    expect(await violations(page), 'a report').toEqual([]);
  });
});

describe('a case manager', () => {
  test('sees counts that are links, and tasks with what is due first', async () => {
    const t = await enter();
    await heading(t['work.heading']);
    const counts = await (await signedIn(service, 'casemanager'))<{ agency: { overdue: number } }>('GET', '/inbox/counts');
    const overdue = page.locator('.quick--figures a').first();
    await expect.poll(() => overdue.locator('.quick__count').innerText()).toBe(String(counts.agency.overdue));
    await overdue.click();
    await page.waitForFunction(() => location.search.includes('due=overdue'));
    await expect.poll(() => page.locator('tbody tr').count()).toBe(counts.agency.overdue);
    expect(await page.locator('tbody .govuk-tag--red').filter({ hasText: /\d\d:\d\d:\d\d/ }).count()).toBe(counts.agency.overdue);
  });

  test('sees a case appear without reloading, and what has the focus stays', async () => {
    const t = await enter();
    await page.locator('.status__connection--live').waitFor();
    await go('/stages/screening?order=newest', 'table');
    await page.locator('a.reference').nth(3).focus();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href'));
    const kept = await focused();
    const receipt = await submitScreening(service);
    await page.locator('tbody', { hasText: receipt.case_reference }).waitFor();
    expect(await focused()).toBe(kept);
    await page.getByRole('link', { name: receipt.case_reference }).click();
    await heading(t['case.title']?.replace('{reference}', receipt.case_reference));
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    expect(await page.locator('[aria-current=step]').innerText()).toContain(t['stage.screening'] ?? '');
  });

  test('claims a case by the keyboard and goes on from the next one', async () => {
    await enter();
    await go('/stages/screening?assignee=none&order=newest', 'table');
    const row = page.locator('tbody tr', { has: page.locator('.text-button') }).first();
    const claimed = await row.locator('a.reference').getAttribute('href');
    await row.locator('.text-button').focus();
    await page.keyboard.press('Enter');
    await page.locator(`a.reference[href="${claimed}"]`).waitFor({ state: 'detached' });
    await drawn(page);
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('reference');
  });

  test('has a list although changes follow each other more quickly than it comes', async () => {
    await enter();
    await page.locator('.status__connection--live').waitFor();
    await page.clock.install();
    await page.evaluate(() => {
      const heard = Object.assign(window, { heard: 0 });
      new EventSource('/api/v1/events').addEventListener('change', () => { heard.heard += 1; });
    });
    const asked: Route[] = [];
    let slow = true;
    await page.route('**/api/v1/stages/screening/cases*', async (route) => {
      asked.push(route);
      if (!slow) await route.continue();
    });
    await turnTo(page, '/stages/screening?order=newest');
    await expect.poll(() => asked.length).toBe(1);
    let last = '';
    for (let n = 1; n <= 3; n++) {
      last = (await submitScreening(service)).case_reference;
      await page.waitForFunction((least) => (window as unknown as { heard: number }).heard >= least, n);
      await page.clock.runFor(1_000);
      await drawn(page);
    }
    expect(asked.length, 'once for who came, and once for the first change').toBeLessThanOrEqual(2);
    slow = false;
    await asked.at(-1)?.continue();
    await expect.poll(async () => {
      await page.clock.runFor(1_000);
      return page.locator('tbody', { hasText: last }).count();
    }).toBe(1);
  });

  test('sets a filter by the arrow keys, stays on it and hears how much there is', async () => {
    const t = await enter();
    const focused = () => page.evaluate(() => document.activeElement?.id);
    for (const [path, filter, third] of [['/work?whose=all', '#kind', 2], ['/stages/identification', '#due', 3], ['/duplicates', '#least', 2]] as const) {
      await go(path, 'table');
      await page.locator(filter).focus();
      for (let presses = 0; presses < third; presses += 1) await page.keyboard.press('ArrowDown');
      expect(await page.locator(filter).evaluate((select: HTMLSelectElement) => select.selectedIndex), path).toBe(third);
      expect(await focused(), path).toBe(filter.slice(1));
      await page.locator('[role=status]', { hasText: new RegExp(`^${t['list.shown.other']?.replace('{n}', '\\d+')}$|^${t['list.shown.one']?.replace('{n}', '1')}$`) }).waitFor();
    }
  });

  test('takes a folded filter away without losing their place', async () => {
    const t = await enter();
    await go('/stages/identification?language=lao', '#language');
    await page.locator('#language').focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(() => !location.search.includes('language'));
    expect(await page.locator('#language').isVisible()).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('language');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('button', { name: t['filter.clear'] ?? '' }).press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  });

  test('goes through a list with the arrow keys and opens a case with Enter', async () => {
    await enter();
    await go('/stages/identification', 'a.reference');
    await page.locator('a.reference').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const second = await page.locator('a.reference').nth(1).getAttribute('href');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe(second);
    await page.keyboard.press('End');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe(await page.locator('a.reference').last().getAttribute('href'));
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.locator('.next').waitFor();
  });

  test('pages through a queue and narrows it, and the address keeps that', async () => {
    const t = await enter();
    await go('/stages/screening?status=all', 'table');
    const references = () => page.locator('a.reference').allInnerTexts();
    const first = await references();
    expect(first).toHaveLength(50);
    await page.getByRole('link', { name: t['pages.next'] ?? '' }).click();
    await page.getByRole('link', { name: t['pages.first'] ?? '' }).waitFor();
    await expect.poll(async () => (await references()).filter((one) => first.includes(one))).toEqual([]);

    await page.locator('#status').selectOption('unclear');
    await page.waitForFunction(() => location.search.includes('status=unclear'));
    await expect.poll(async () => [...new Set(await page.locator('tbody td:nth-child(2)').allInnerTexts())]).toEqual([t['status.unclear']]);
    await page.reload();
    await page.locator('a.reference').first().waitFor();
    expect(await page.locator('#status').inputValue()).toBe('unclear');
  });

  test('saves filters, finds them again and forgets them', async () => {
    const t = await enter();
    await go('/stages/screening?due=none&urgent=true', '#due');
    const saved = page.locator('details', { hasText: t['saved.heading'] ?? '' });
    await saved.locator('summary').click();
    await page.getByRole('button', { name: t['saved.submit'] ?? '', exact: true }).click();
    await saved.getByText(t['saved.missing'] ?? '').waitFor();
    await page.keyboard.type('ด่วน');
    await page.keyboard.press('Enter');
    await page.locator('.saved a', { hasText: 'ด่วน' }).waitFor();
    await go('/work', 'table');
    await go('/stages/screening', '#due');
    await saved.locator('summary').click();
    await page.locator('.saved a', { hasText: 'ด่วน' }).click();
    await page.waitForFunction(() => document.querySelector<HTMLSelectElement>('#due')?.value === 'none');
    await page.getByRole('button', { name: `${t['saved.forget']} ด่วน` }).click();
    await page.locator('.saved').waitFor({ state: 'detached' });
  });

  test('takes the next case and has it', async () => {
    const t = await enter();
    await go('/stages/identification', 'table');
    await page.getByRole('button', { name: t['take.submit'] ?? '' }).click();
    await page.locator('[role=status].notice').waitFor();
    await page.locator('#standing ~ dl', { hasText: t['assignee.me'] ?? '' }).waitFor();
  });

  test('is told when a case changed before it was claimed, and claims it then', async () => {
    const t = await enter();
    const manager = await signedIn(service, 'casemanager');
    await go('/stages/protection?assignee=none&agency=datip', 'table');
    const row = page.locator('tbody tr', { has: page.getByRole('button', { name: t['claim.submit'] ?? '' }) }).first();
    const id = (await row.locator('a.reference').getAttribute('href'))?.split('/').at(-1);
    const reference = await row.locator('a.reference').innerText();
    await page.route('**/assign', async (route) => { // somebody else writes something down between the look and the claim
      await manager('POST', `/cases/${id}/add-note`, { audience: 'case', text: 'Synthetic note.' });
      await route.continue();
    }, { times: 1 });
    await row.getByRole('button').click();
    await page.locator('[role=alert]', { hasText: t['claim.moved'] ?? '' }).waitFor();
    await page.locator('.changes', { hasText: t['event.case.note_added'] ?? '' }).waitFor();
    const { assignee } = await manager<{ assignee?: string }>('GET', `/cases/${id}`);
    expect(assignee ?? '').toBe('');
    expect(reference).not.toBe('');
  });

  test('accepts what was asked, and the counts change at once', async () => {
    const t = await enter();
    const receipt = await submitScreening(service);
    await (await signedIn(service, 'responder'))('POST', `/cases/${receipt.case_id}/refer`, { to: 'datip', services: ['shelter_temp'], hand_over: true });
    await go('/work?box=incoming', 'table');
    const row = page.locator('tbody tr', { hasText: receipt.case_reference });
    await row.waitFor();
    const count = async () => Number(await page.locator('.quick [aria-current] .quick__count').last().innerText());
    type Counts = { boxes: { incoming: Record<string, number> } };
    const { boxes } = await (await signedIn(service, 'casemanager'))<Counts>('GET', '/inbox/counts');
    const before = Object.values(boxes.incoming).reduce((sum, n) => sum + n, 0);
    await expect.poll(count).toBe(before);
    expect(await row.getByRole('link', { name: t['command.decline'] ?? '' }).getAttribute('href')).toContain(`/cases/${receipt.case_id}/do/decline?referral_id=`);
    await row.getByRole('button', { name: t['command.accept'] ?? '' }).click();
    await page.locator('[role=status].notice', { hasText: receipt.case_reference }).waitFor();
    await expect.poll(count).toBe(before - 1);
  });

  test('finds a case by the reference that somebody reads out', async () => {
    const t = await enter();
    const receipt = await submitScreening(service);
    await go('/work', '#reference');
    await page.locator('#reference').fill('7KQ2');
    await page.keyboard.press('Enter');
    await page.getByText(t['find.malformed'] ?? '').waitFor();
    await page.locator('#reference').fill(receipt.case_reference.toLowerCase().replaceAll('-', ' '));
    await page.keyboard.press('Enter');
    await heading(t['case.title']?.replace('{reference}', receipt.case_reference));
  });

  test('goes from part to part of a case without opening it anew', async () => {
    const t = await enter();
    const receipt = await submitScreening(service);
    const reads: string[] = [];
    page.on('request', (request) => { if (request.url().endsWith(`/cases/${receipt.case_id}`)) reads.push(request.method()); });
    await go(`/cases/${receipt.case_id}`, '.next');
    for (const part of ['screening', 'referrals', 'documents', 'timeline', 'guards'] as const) {
      await page.locator('.sub-navigation').getByRole('link', { name: t[`case.part.${part}`] ?? '' }).click();
      await page.locator('.sub-navigation [aria-current]', { hasText: t[`case.part.${part}`] ?? '' }).waitFor();
    }
    expect(reads).toEqual(['GET']);
    await (await signedIn(service, 'responder'))('POST', `/cases/${receipt.case_id}/add-note`, { audience: 'case', text: 'Synthetic note.' });
    await expect.poll(() => reads.length).toBe(2); // it moved
  });

  test('sees a list and a case as they were known', async () => {
    const t = await enter();
    const before = new Date().toISOString();
    const receipt = await submitScreening(service);
    const manager = await signedIn(service, 'casemanager');
    await go('/stages/screening?order=newest', 'table');
    await page.locator('tbody', { hasText: receipt.case_reference }).waitFor();
    await go(`/stages/screening?order=newest&as_of=${encodeURIComponent(before)}`, '.past');
    await page.locator('a.reference').first().waitFor();
    expect(await page.locator('tbody').innerText()).not.toContain(receipt.case_reference);
    expect(await page.getByRole('button', { name: t['take.submit'] ?? '' }).count()).toBe(0);

    await manager('POST', `/cases/${receipt.case_id}/close`, { reason: 'opened_in_error' });
    await go(`/cases/${receipt.case_id}/timeline`, '.timeline');
    await page.locator('summary', { hasText: t['asOf.heading'] ?? '' }).click();
    await page.locator('#history').focus();
    await page.keyboard.press('Home');
    await page.getByRole('button', { name: t['asOf.show'] ?? '' }).click();
    await page.locator('.past').waitFor();
    await page.locator('.sub-navigation').getByRole('link', { name: t['case.part.summary'] ?? '' }).click();
    await page.locator('#standing ~ dl', { hasText: t['status.to_conclude'] ?? '' }).waitFor();
    expect(await page.locator('#possible').count(), 'nothing is done in the past').toBe(0);
    await page.locator('.past').getByRole('link', { name: t['asOf.present'] ?? '' }).click();
    await page.locator('#standing ~ dl', { hasText: t['status.closed'] ?? '' }).waitFor();
  });

  test('asks for a moment in Buddhist years and Thai digits', async () => {
    const t = await enter('casemanager', { language: 'th' });
    const receipt = await submitScreening(service);
    await go(`/cases/${receipt.case_id}/timeline`, '.timeline');
    await page.locator('summary', { hasText: t['asOf.heading'] ?? '' }).click();
    await page.getByRole('button', { name: t['asOf.submit'] ?? '' }).click();
    await page.locator('[role=alert]', { hasText: t['asOf.wrong'] ?? '' }).waitFor();
    const tomorrow = new Date(Date.now() + 86_400_000 + 7 * 3_600_000);
    const answers = { day: tomorrow.getUTCDate(), month: tomorrow.getUTCMonth() + 1, year: tomorrow.getUTCFullYear() + 543, time: '๐๐:๐๕' };
    for (const [part, answer] of Object.entries(answers)) await page.locator(`#moment-${part}`).fill(String(answer));
    await page.getByRole('button', { name: t['asOf.submit'] ?? '' }).click();
    const day = new Intl.DateTimeFormat('th-TH-u-ca-buddhist-nu-latn', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
    await page.locator('.past', { hasText: `${day.format(tomorrow)} 00:05` }).waitFor();
  });

  test('narrows a timeline to what it is about', async () => {
    const t = await enter();
    const receipt = await submitScreening(service);
    await go(`/cases/${receipt.case_id}/timeline`, '.timeline');
    expect(await page.locator('.timeline__title').last().innerText()).toBe(t['event.case.opened']);
    await page.locator('#subject').selectOption('consent');
    await page.waitForFunction(() => location.search.includes('subject=consent'));
    const events = await page.locator('.timeline__title').allInnerTexts();
    expect(events.length).toBeGreaterThan(0);
    expect(events.every((event) => [t['event.consent.given'], t['event.consent.refused']].includes(event))).toBe(true);
  });

  test('tells a receiver what a person took back and what is left', async () => {
    const receipt = await submitScreening(service);
    const [manager, shelter] = [await signedIn(service, 'casemanager'), await signedIn(service, 'shelter')];
    const found = `/cases/${receipt.case_id}`;
    await manager('POST', `${found}/refer`, { to: 'shelter-women-central', services: ['shelter_temp'], data: ['identity', 'contact', 'answers'] });
    const { referrals: [sent] } = await manager<{ referrals: { referral_id: string }[] }>('GET', found);
    await shelter('POST', `${found}/accept`, { referral_id: sent?.referral_id });
    await manager('POST', `${found}/record-consent`, { purpose: 'referral', agreed: true, data: ['contact'] });
    const t = await enter('shelter');
    const left = (t['withdrawal.left'] ?? '').replace('{purpose}', t['purpose.referral'] ?? '').replace('{data}', t['data.contact'] ?? '');
    await go(`${found}/timeline`, '.timeline');
    await page.locator('.entry-facts', { hasText: left }).waitFor();
    await go(`${found}/referrals`, '#withdrawals');
    await page.locator('tr', { hasText: left }).getByRole('link', { name: t['command.acknowledge-withdrawal'] ?? '' }).click();
    await page.locator('main form button[type=submit]').click();
    await page.locator('.notice').waitFor();
    await go(`${found}/referrals`, '#withdrawals');
    await page.locator('tr', { hasText: left }).getByText(t['withdrawal.all'] ?? '').waitFor();

    await manager('POST', `${found}/withdraw-consent`, { purpose: 'referral' });
    await go(`${found}/referrals`, '#withdrawals');
    await page.locator('section[aria-labelledby=referrals]', { hasText: t['data.none'] ?? '' }).waitFor();
    expect(await page.locator('section[aria-labelledby=referrals]').innerText()).not.toContain(t['data.all']);
  });

  test('adds a file, is told why one is not taken, and chooses the next while one is sent', async () => {
    const t = await enter();
    const receipt = await submitScreening(service);
    await go(`/cases/${receipt.case_id}/documents`, '#add-file');
    const submit = page.getByRole('button', { name: t['documents.submit'] ?? '' });
    await submit.click();
    await page.locator('[role=alert]', { hasText: t['documents.missing'] ?? '' }).waitFor();
    await page.locator('input[type=file]').setInputFiles({ name: 'note.pdf', mimeType: 'application/pdf', buffer: Buffer.from('no PDF') });
    await submit.click();
    await page.locator('[role=alert]', { hasText: t['documents.unsupported'] ?? '' }).waitFor();
    await page.locator('input[type=file]').setInputFiles({ name: 'บันทึก.txt', mimeType: 'text/plain', buffer: Buffer.from('Synthetic text.') });
    await submit.click();
    await page.locator('[role=status].notice', { hasText: t['documents.done'] ?? '' }).waitFor();
    await page.locator('tbody', { hasText: 'บันทึก.txt' }).waitFor();

    let goOn = () => {};
    const held = new Promise<void>((resolve) => { goOn = resolve; });
    await page.route('**/files/*', async (route) => { await held; await route.continue(); }, { times: 1 });
    const chosen = (name: string) => page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });
    await chosen('first.txt');
    await submit.click();
    await page.getByRole('button', { name: t['documents.sending'] ?? '' }).waitFor();
    await chosen('second.txt');
    goOn();
    await page.locator('tbody', { hasText: 'first.txt' }).waitFor();
    await submit.click();
    await page.locator('tbody', { hasText: 'second.txt' }).waitFor();
  });

  test('links two cases that are of one person after comparing them', async () => {
    const t = await enter();
    const [a, b] = await likelyPair(await signedIn(service, 'casemanager'));
    await go(`/cases/${a?.case_id}/duplicates/${b?.case_id}`, '#decide');
    expect(await page.locator('tbody', { hasText: t['verdict_of.same'] ?? '' }).count()).toBe(1);
    await page.getByRole('button', { name: t['duplicates.link'] ?? '' }).click();
    await page.locator('[role=status].notice', { hasText: t['compare.linked'] ?? '' }).waitFor();
    await page.locator('#links ~ table').waitFor();
    await page.getByRole('button', { name: new RegExp(t['command.undo-link'] ?? '') }).click();
    await page.locator('#links ~ table').waitFor({ state: 'detached' });
  });
});

describe('whoever may not read a case', () => {
  async function foreignCase(): Promise<{ case_id: string; case_reference: string }> {
    return submitScreening(service); // of an agency that has nothing to do with the shelter
  }

  test('finds nothing, and opens it in an emergency by its reference', async () => {
    const receipt = await foreignCase();
    const t = await enter('shelter');
    await go(`/cases/${receipt.case_id}`, 'a[href^="/emergency"]');
    await heading(t['absent.heading']);
    await page.getByRole('link', { name: t['emergency.offerLink'] ?? '' }).click();
    await page.locator('#which-other').check();
    await page.getByRole('button', { name: t['emergency.submit'] ?? '' }).click();
    await page.locator('[role=alert]', { hasText: t['emergency.missing.reference'] ?? '' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.locator('#reference').fill(receipt.case_reference);
    await page.locator('#reason-first').check();
    await page.getByLabel(t['scope.location'] ?? '').check();
    await page.locator('#text').fill('Synthetic emergency.');
    await opened?.context.clearCookies(); // as where the session has run out
    await page.getByRole('button', { name: t['emergency.submit'] ?? '' }).click();
    await page.getByText(texts('common', 'en')['signin.ended'] ?? '').waitFor();
    await signIn(page, 'shelter');
    expect(await page.locator('#text').inputValue(), 'what was written is still there').toBe('Synthetic emergency.');
    await page.getByRole('button', { name: t['emergency.submit'] ?? '' }).click();
    await heading(t['emergency.open']?.replace('{reference}', receipt.case_reference));
    const approval = await page.locator('.govuk-inset-text code').innerText();
    expect(new URL(approval).pathname).toMatch(new RegExp(`^/emergency/${receipt.case_id}/`));
    await page.getByRole('link', { name: t['emergency.go'] ?? '' }).click();
    await page.locator('.identity__name').waitFor();
    await page.locator('.govuk-warning-text', { hasText: 'You read this case in an emergency' }).waitFor();
    await opened?.context.close();

    const u = await enter('team');
    await go(new URL(approval).pathname, 'form');
    await page.getByRole('button', { name: u['emergency.approve.submit'] ?? '' }).click();
    await page.locator('[role=status].notice', { hasText: u['emergency.approve.done'] ?? '' }).waitFor();
    await opened?.context.close();

    const v = await enter('auditor');
    await go('/alerts', '.quick');
    const alert = page.locator('tbody tr', { hasText: v['alert.broken_glass'] ?? '' }).first();
    await alert.waitFor();
    const rows = page.locator('tbody tr');
    const before = await rows.allInnerTexts();
    const other = await foreignCase();
    const shelter = await signedIn(service, 'shelter');
    await shelter('POST', `/cases/${other.case_id}/break-glass`, { scopes: ['identity'], reason: 'danger_to_life', text: 'Synthetic emergency.' });
    await shelter('GET', `/cases/${other.case_id}`);
    const held = page.locator('main p > .text-button');
    await held.waitFor();
    expect(await rows.allInnerTexts(), 'no row moves under the pointer').toEqual(before);
    await held.click();
    await page.waitForFunction((n) => document.querySelectorAll('tbody tr').length > n, before.length);
    expect(await page.evaluate(() => document.activeElement === document.querySelector('tbody a'))).toBe(true);
    await page.locator('main p', { hasText: v['alerts.order'] ?? '' }).waitFor();
    for (const left of [1, 0]) {
      await alert.getByRole('button', { name: new RegExp(v['alerts.acknowledge'] ?? '') }).click();
      await page.waitForFunction(
        ([kind, n]) => [...document.querySelectorAll('tbody tr')].filter((row) => row.textContent?.includes(kind)).length === n, [v['alert.broken_glass'] ?? '', left] as const,
      );
    }
    await go(`/cases/${receipt.case_id}/access-log`, 'table');
    await page.locator('tbody', { hasText: v['access_outcome.broken_glass'] ?? '' }).waitFor();
  });

  test('learns nothing from a reference that is not theirs to open', async () => {
    const receipt = await foreignCase();
    const t = await enter('shelter');
    await go('/work', '#reference');
    const answers: string[] = [];
    for (const reference of [receipt.case_reference, '7KQ2-M0XD-93HV-T5B8']) {
      await page.locator('#reference').fill(reference);
      await page.keyboard.press('Enter');
      await page.locator('#reference-error').waitFor();
      answers.push(await page.locator('#reference-error').innerText());
      await page.locator('#reference').fill('');
      await page.keyboard.press('Enter');
      await page.getByText(t['find.missing'] ?? '').waitFor();
    }
    expect(answers[0]).toContain(t['find.nothing']);
  });
});

test('what is offline is said, and what was shown stays', async () => {
  const t = await enter();
  await go('/stages/screening', 'a.reference');
  await opened?.context.setOffline(true);
  await page.locator('.status__connection--offline').waitFor();
  expect(await page.locator('a.reference').count()).toBeGreaterThan(0);
  await visit(page, '/stages/protection');
  await heading(t['trouble.unreachable.heading']);
  await opened?.context.setOffline(false);
  await page.locator('.status__connection--live').waitFor();
  await page.locator('a.reference').first().waitFor(); // by itself: something may have changed meanwhile
  await heading(t['stage.protection']);
});
