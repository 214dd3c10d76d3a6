// The page in a real browser against the real service.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import AxeBuilder from '@axe-core/playwright';

import { languages, openPage, signIn, sizes, startBrowser, texts } from '../testing/browser.js';
import { give, password, signedIn, startService, submitScreening } from '../testing/service.js';

const rules = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

let service;
let browser;
let page;

before(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await service?.stop();
});

afterEach(async () => {
  if (page === undefined) return;
  const { faults } = page;
  await page.context().close();
  page = undefined;
  assert.deepEqual(faults, [], 'errors and violations of the content security policy');
});

async function open(options) {
  page = await openPage(browser, service, options);
}

async function assertAccessible(view) {
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), [], view);
}

async function assertNoSidewaysScroll(view) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${view}: ${content} px of content in a window of ${window} px`);
}

function stageLink(stage) {
  return page.locator(`#stages a[href="#/stages/${stage}"]`);
}

async function stageCount(stage) {
  return Number((await stageLink(stage).locator('.count').textContent()).replaceAll(',', ''));
}

async function waitForHeading(text) {
  await page.locator('h1', { hasText: text }).waitFor();
}

async function waitForStageCount(stage, count) {
  await page.waitForFunction(
    ([address, wanted]) => document.querySelector(`#stages a[href="${address}"] .count`)?.textContent === wanted,
    [`#/stages/${stage}`, count.toLocaleString('en-GB')],
  );
}

async function goTo(address) {
  await page.evaluate((hash) => { location.hash = hash; }, address);
}

for (const language of languages) {
  for (const [device, size] of Object.entries(sizes)) {
    describe(`in ${language} on a ${device}`, () => {
      it('shows a case manager the stages and a case, live', async () => {
        const t = await texts(language);
        await open({ language, size });
        assert.equal(await page.locator('html').getAttribute('lang'), language);
        assert.equal(await page.locator('.notice').innerText(), t['page.notice']);
        await waitForHeading(t['signin.step.password']);
        await assertAccessible('sign in');

        await signIn(page, 'casemanager');
        await waitForHeading(t['stage.frontline']);
        await page.locator('#status', { hasText: t['connection.live'] }).waitFor();
        await assertCountsOfService();
        await assertAccessible('stage');

        await stageLink('screening').click();
        await waitForHeading(t['stage.screening']);
        const receipt = await assertCountsRiseLive();

        await openFirstCase(t);
        await openCase(receipt, t);
        await assertAccessible('case');
        await page.getByRole('link', { name: t['case.back'] }).click();
        await waitForHeading(t['stage.screening']);

        await page.locator('#sign-out').click();
        await waitForHeading(t['signin.step.password']);
        assert.equal(await page.locator('#account').isVisible(), false);
        assert.equal(await page.locator('#stages').isVisible(), false);
      });

      it('shows an auditor the access record and who opened a case', async () => {
        const t = await texts(language);
        await open({ language, size });
        await signIn(page, 'auditor');
        await page.locator('#stages a[href="#/record"]').click();
        await waitForHeading(t['record.heading']);
        await assertAccessible('access record');
        await assertNoSidewaysScroll('access record');

        await page.locator('input[name=value]').fill('datip');
        await page.locator('select[name=kind]').selectOption('agency');
        for (const [place, value] of Object.entries({ day: '1', month: '1', year: '2569', time: '00:00' })) {
          await page.locator(`input[name="from.${place}"]`).fill(value);
        }
        await page.locator('form[data-form=report] button').click();
        await page.getByRole('link', { name: t['report.file'] }).waitFor();
        await assertAccessible('report');

        await goTo('#/stages/screening');
        await waitForHeading(t['stage.screening']);
        await page.locator('main a[href^="#/cases/"]').first().click();
        await page.getByRole('link', { name: t['openings.heading'] }).click();
        await waitForHeading(t['openings.heading']);
        await page.locator('table', { hasText: t['role.auditor'] }).waitFor();
        await assertAccessible('who opened a case');
        await assertNoSidewaysScroll('who opened a case');
      });

      it('shows the committee published statistics and no case', async () => {
        const t = await texts(language);
        await open({ language, size });
        await signIn(page, 'committee');
        await waitForHeading(t['releases.heading']);
        assert.equal(await page.locator('#stages').isVisible(), false);
        await assertAccessible('releases');

        await openLatestRelease(t);
        await assertAccessible('release');

        await goTo('#/stages/screening');
        await waitForHeading(t['trouble.forbidden.heading']);
        assert.equal(await page.locator('table').count(), 0);
        await assertAccessible('forbidden');
      });
    });
  }
}

async function assertCountsOfService() {
  const { items } = await (await signedIn(service, 'casemanager'))('GET', '/stages');
  assert.equal(items.length, 4);
  for (const { stage, open } of items) {
    assert.ok(open > 0, `the demonstration has open cases in ${stage}`);
    assert.equal(await stageCount(stage), open, stage);
  }
}

/** A screening that is submitted elsewhere is counted here, without a reload, and what has the focus stays where it is on the screen. */
async function assertCountsRiseLive() {
  const earlier = await stageCount('screening');
  const link = page.locator('tbody a').nth(3);
  await link.focus();
  const place = () => page.evaluate(() => {
    const focused = document.activeElement;
    return { same: window.pageIsTheSame, focus: focused.getAttribute('href'), top: focused.getBoundingClientRect().top, scroll: scrollY };
  });
  await page.evaluate(() => { window.pageIsTheSame = true; });
  const kept = await place();

  const receipt = await submitScreening(service);
  await waitForStageCount('screening', earlier + 1);
  const now = await place();
  assert.deepEqual([now.same, now.focus], [true, kept.focus]);
  assert.ok(now.scroll === kept.scroll || Math.abs(now.top - kept.top) <= 2, 'what is read does not jump');
  return receipt;
}

async function openFirstCase(t) {
  const link = page.locator('tbody a').first();
  const title = t['case.title'].replace('{reference}', await link.innerText());
  await link.click();
  await waitForHeading(title);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  await page.goBack();
  await waitForHeading(t['stage.screening']);
}

async function openCase(receipt, t) {
  await goTo(`#/cases/${receipt.case_id}`);
  await waitForHeading(t['case.title'].replace('{reference}', receipt.case_reference));
  assert.match(await page.locator('.tracker [aria-current=step]').innerText(), new RegExp(t['stage.screening']));
  const events = await page.locator('.timeline h3').allInnerTexts();
  assert.ok(events.includes(t['event.screening.recorded']), events.join(', '));
  assert.equal(events.at(-1), t['event.case.opened'], 'newest first');
}

async function openLatestRelease(t) {
  const [latest] = (await (await signedIn(service, 'committee'))('GET', '/statistics/releases')).items;
  const total = latest.total.withheld ? t['count.withheld'] : latest.total.count.toLocaleString('en-GB');
  assert.equal(await page.locator('tbody tr').first().locator('td').last().locator('span').innerText(), total);
  await page.locator('tbody a').first().click();
  await page.locator('.downloads').waitFor();
  await assertCellsOfRelease(latest, t);
}

async function assertCellsOfRelease(release, t) {
  const published = release.tables.filter((table) => !table.withheld).flatMap((table) => table.cells);
  const wanted = published.map((cell) => (cell.withheld ? t['count.withheld'] : cell.count.toLocaleString('en-GB')));
  assert.deepEqual(await page.locator('tbody td > span').allInnerTexts(), wanted);
}

describe('signing in', () => {
  it('works with the keyboard alone', async () => {
    const t = await texts('en');
    await open();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), t['page.skip']);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.keyboard.press('Tab');
    await page.keyboard.type('casemanager');
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await waitForHeading(t['stage.frontline']);
    await page.waitForFunction(() => document.activeElement.tagName === 'H1');
  });

  it('says what is wrong and takes the reader there', async () => {
    for (const language of languages) {
      const t = await texts(language);
      await open({ language, size: sizes.phone });
      await page.locator('#username').fill('nobody');
      await page.locator('main button.primary').click();
      const summary = page.locator('[role=alert]');
      await summary.waitFor();
      assert.equal(await summary.evaluate((element) => element === document.activeElement), true);
      assert.equal(await page.title(), `${t['signin.errorTitle']} – ${t['page.service']}`);
      await assertAccessible('missing answer');

      await summary.getByRole('link', { name: t['signin.missing.password'] }).click();
      assert.equal(await page.evaluate(() => document.activeElement.id), 'password');
      assert.equal(await page.locator('#username').inputValue(), 'nobody', 'what was typed stays');
      await page.keyboard.type('wrong');
      await page.keyboard.press('Enter');
      await summary.getByRole('link', { name: t['signin.wrong.password'] }).waitFor();
      await page.context().close();
    }
  });

  it('keeps nothing that a script could read', async () => {
    await open();
    await signIn(page, 'casemanager');
    assert.equal(await page.evaluate(() => document.cookie), '');
    assert.deepEqual(await page.evaluate(() => Object.keys({ ...localStorage, ...sessionStorage })), []);
  });

  it('is asked for again when the session has ended, and leads back', async () => {
    const t = await texts('en');
    await open();
    await signIn(page, 'casemanager');
    await stageLink('protection').click();
    await waitForHeading(t['stage.protection']);
    await page.request.delete('/api/v1/session');
    await page.getByText(t['signin.ended']).waitFor();
    await assertAccessible('session ended');
    await signIn(page, 'casemanager');
    await waitForHeading(t['stage.protection']);
  });
});

describe('the page', () => {
  it('changes its language and remembers it', async () => {
    const [th, en] = await Promise.all(languages.map(texts));
    await open({ language: 'en' });
    await page.getByRole('button', { name: 'ไทย' }).click();
    await waitForHeading(th['signin.step.password']);
    await page.reload();
    await waitForHeading(th['signin.step.password']);
    await signIn(page, 'casemanager');
    await waitForHeading(th['stage.frontline']);
    assert.match(await page.locator('tbody time').first().innerText(), /^\d{1,2} \S+ 25\d\d/, 'a Buddhist year');
    await page.getByRole('button', { name: 'English' }).click();
    await waitForHeading(en['stage.frontline']);
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  });

  it('says when it is offline and comes back by itself', async () => {
    const t = await texts('en');
    await open();
    await signIn(page, 'casemanager');
    await page.locator('#status', { hasText: t['connection.live'] }).waitFor();
    await page.context().setOffline(true);
    await page.locator('#status', { hasText: t['connection.offline'] }).waitFor();
    await assertAccessible('offline');
    await stageLink('screening').click();
    await waitForHeading(t['trouble.unreachable.heading']);
    await assertAccessible('unreachable');

    const earlier = await stageCount('screening');
    await submitScreening(service);
    await page.context().setOffline(false);
    await page.locator('#status', { hasText: t['connection.live'] }).waitFor();
    await waitForStageCount('screening', earlier + 1);
    await page.getByRole('button', { name: t['trouble.retry'] }).click();
    await waitForHeading(t['stage.screening']);
  });

  it('pages through a stage and filters it by status', async () => {
    const t = await texts('en');
    await open();
    await signIn(page, 'casemanager');
    await goTo('#/stages/screening?status=all');
    await page.locator('caption', { hasText: t['list.all'] }).waitFor();
    const first = await page.locator('tbody th').allInnerTexts();
    assert.equal(first.length, 50);
    await page.getByRole('link', { name: t['pages.next'] }).click();
    await page.getByRole('link', { name: t['pages.first'] }).waitFor();
    const second = await page.locator('tbody th').allInnerTexts();
    assert.deepEqual(second.filter((reference) => first.includes(reference)), []);

    await page.getByLabel(t['filter.status'], { exact: true }).selectOption('unclear');
    await page.keyboard.press('Tab');
    await page.locator('.filter-form button').click();
    await page.locator('caption', { hasText: t['status.unclear'] }).waitFor();
    const statuses = new Set(await page.locator('tbody tr td:nth-child(2)').allInnerTexts());
    assert.deepEqual([...statuses], [t['status.unclear']]);
  });

  it('answers an unknown address in words', async () => {
    const t = await texts('en');
    await open();
    await signIn(page, 'casemanager');
    for (const address of ['#/cases/00000000-0000-4000-8000-000000000000', '#/stages/none', '#/nowhere']) {
      await goTo(address);
      await waitForHeading(t['trouble.missing.heading']);
      await page.getByRole('link', { name: t['trouble.home'] }).click();
      await waitForHeading(t['stage.frontline']);
    }
    await goTo('#/nowhere');
    await waitForHeading(t['trouble.missing.heading']);
    await assertAccessible('missing');
  });

  it('loses nothing at 320 pixels', async () => {
    for (const language of languages) {
      const t = await texts(language);
      await open({ language, size: { width: 320, height: 640 } });
      await assertNoSidewaysScroll('sign in');
      await signIn(page, 'casemanager');
      await stageLink('screening').click();
      await waitForHeading(t['stage.screening']);
      await assertNoSidewaysScroll('stage');
      assert.equal(await page.locator('tbody tr').first().locator('th:visible, td:visible').count(), 7, 'every column is there');
      await page.locator('tbody a').first().click();
      await page.locator('.timeline').waitFor();
      await assertNoSidewaysScroll('case');
      for (const [address, content] of await workingViews()) {
        await goTo(address);
        await page.locator(content).first().waitFor();
        await assertNoSidewaysScroll(address);
      }
      await page.context().close();

      await open({ language, size: { width: 320, height: 640 } });
      await signIn(page, 'committee');
      await waitForHeading(t['releases.heading']);
      await assertNoSidewaysScroll('releases');
      await page.locator('tbody a').first().click();
      await page.locator('.downloads').waitFor();
      await assertNoSidewaysScroll('release');
      await page.context().close();
    }
  });

  it('has targets of at least 44 pixels', async () => {
    await open({ size: sizes.phone });
    await page.locator('main button.primary').click();
    await page.locator('[role=alert]').waitFor();
    await assertLargeTargets('sign in');
    await signIn(page, 'casemanager');
    await page.locator('tbody a').first().waitFor();
    await assertLargeTargets('stage');
    await page.locator('tbody a').first().click();
    await page.locator('.timeline').waitFor();
    await assertLargeTargets('case');
    for (const [address, content] of await workingViews()) {
      await goTo(address);
      await page.locator(content).first().waitFor();
      await assertLargeTargets(address);
    }
  });
});

/** The addresses of the views in which a case manager works, with what is there once each has loaded. */
async function workingViews() {
  const manager = await signedIn(service, 'casemanager');
  const [waiting] = (await manager('GET', '/inbox?box=incoming&limit=1')).items;
  const [incident] = (await manager('GET', '/incidents')).items;
  const [disputed] = (await manager('GET', '/inbox?kind=disagreement_to_settle&limit=1')).items;
  const [pair] = (await manager('GET', '/duplicates?limit=1')).items;
  return [
    ['#/inbox', 'table'],
    [`#/inbox?box=incoming&decline=${waiting.referral_id}`, '#declining'],
    ['#/incidents', 'table'],
    [`#/incidents/${incident.incident_id}`, 'meter'],
    [`#/cases/${disputed.case_id}`, '#part-disagreements'],
    [`#/cases/${disputed.case_id}/settle-disagreement`, '.sides'],
    [`#/cases/${pair.cases[0].case_id}`, '#part-duplicates'],
    [`#/cases/${waiting.case_id}/refer`, 'form'],
  ];
}

describe('a case manager', () => {
  async function enter(options) {
    await open(options);
    await signIn(page, 'casemanager');
    await page.locator('tbody a').first().waitFor();
  }

  it('finds every working view accessible', async () => {
    for (const language of languages) {
      await enter({ language });
      for (const [address, content] of await workingViews()) {
        await goTo(address);
        await page.locator(content).first().waitFor();
        await assertAccessible(`${address} in ${language}`);
      }
      await page.context().close();
    }
  });

  it('filters a queue with the keyboard, and the address keeps it', async () => {
    const t = await texts('en');
    await enter();
    await goTo('#/stages/identification');
    await waitForHeading(t['stage.identification']);
    await page.getByLabel(t['filter.assignee'], { exact: true }).focus();
    await page.keyboard.type(t['filter.assignee.none']);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.getByLabel(t['filter.urgent'], { exact: true }).selectOption('true');
    await page.getByLabel(t['filter.order'], { exact: true }).selectOption('oldest');
    await page.locator('.filter-form button').focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('assignee=none') && location.hash.includes('urgent=true'));
    await page.waitForFunction((nobody) => [...document.querySelectorAll('tbody td:nth-child(4)')].every((cell) => cell.innerText === nobody),
      t['assignee.none']);
    const rows = page.locator('tbody tr');
    assert.ok(await rows.count() > 0);
    assert.equal(await page.locator('tbody th .tag').count(), await rows.count(), 'all are urgent');
    await page.reload();
    await page.locator('tbody a').first().waitFor();
    assert.equal(await page.getByLabel(t['filter.order'], { exact: true }).inputValue(), 'oldest');
  });

  it('saves filters, finds them again and forgets them', async () => {
    const t = await texts('en');
    await enter();
    await goTo('#/stages/screening?due=none&urgent=true');
    await page.waitForFunction(() => document.querySelector('[name=due]')?.value === 'none');
    await page.locator('summary', { hasText: t['saved.heading'] }).click();
    await page.getByRole('button', { name: t['saved.submit'], exact: true }).click();
    await page.getByRole('link', { name: t['form.missing'].replace('{field}', t['saved.name']) }).click();
    await page.keyboard.type('ด่วน');
    await page.keyboard.press('Enter');
    await page.locator('.saved a', { hasText: 'ด่วน' }).waitFor();
    await goTo('#/stages/screening');
    await page.waitForFunction(() => document.querySelector('[name=due]')?.value === '');
    await page.locator('summary', { hasText: t['saved.heading'] }).click();
    await page.locator('.saved a', { hasText: 'ด่วน' }).click();
    await page.waitForFunction(() => document.querySelector('[name=due]')?.value === 'none');
    await page.locator('summary', { hasText: t['saved.heading'] }).click();
    await page.getByRole('button', { name: `${t['saved.forget']} ด่วน` }).click();
    await page.locator('.saved').waitFor({ state: 'detached' });
  });

  it('takes the next case and has it', async () => {
    const t = await texts('en');
    await enter();
    await goTo('#/stages/identification');
    await waitForHeading(t['stage.identification']);
    await page.getByRole('button', { name: t['take.submit'] }).click();
    await page.locator('[role=status].done').waitFor();
    assert.equal(await page.locator('.facts dd').nth(2).innerText(), t['assignee.me']);
  });

  it('accepts in the inbox, and the counts change at once', async () => {
    const t = await texts('en');
    const receipt = await submitScreening(service);
    await (await signedIn(service, 'responder'))('POST', `/cases/${receipt.case_id}/refer`, JSON.stringify({ to: 'datip', services: ['shelter_temp'], hand_over: true }));
    await enter();
    await page.locator('#status', { hasText: t['connection.live'] }).waitFor();
    await goTo('#/inbox?box=incoming');
    const row = page.locator('tbody tr', { hasText: receipt.case_reference });
    await row.waitFor();
    const before = Number(await page.locator('[aria-current] .count').last().innerText());
    await row.getByRole('button', { name: t['command.accept'] }).click();
    await page.locator('[role=status].done', { hasText: receipt.case_reference }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'status');
    await page.waitForFunction((count) => Number([...document.querySelectorAll('.filters [aria-current] .count')].at(-1).textContent) === count, before - 1);
  });

  it('declines in the inbox with a reason from the list', async () => {
    const t = await texts('en');
    const receipt = await submitScreening(service);
    const sent = await give(await signedIn(service, 'responder'), receipt.case_id, 'refer', { to: 'datip', services: ['shelter_temp'] });
    await enter();
    await goTo('#/inbox?box=incoming');
    const row = page.locator('tbody tr', { hasText: receipt.case_reference });
    await row.getByRole('link', { name: t['command.decline'] }).click();
    await page.locator('#declining').waitFor();
    await page.locator('[data-form=decline] button').click();
    await page.getByRole('link', { name: t['form.missing'].replace('{field}', t['field.reason']) }).click();
    await page.keyboard.press('Space');
    await page.locator('[data-form=decline] button').click();
    await page.locator('[role=status].done', { hasText: receipt.case_reference }).waitFor();
    const { referrals } = await (await signedIn(service, 'casemanager'))('GET', `/cases/${receipt.case_id}`);
    assert.equal(referrals.find(({ referral_id: id }) => id === sent.command_id).status, 'declined');
  });

  it('marks what was escalated, and shows by how long it is late to the second', async () => {
    await enter();
    await goTo('#/inbox?box=escalated');
    await page.locator('[data-escalated]').first().waitFor();
    const clock = page.locator('.clock.tag').first();
    const earlier = await clock.innerText();
    assert.match(earlier, /\d\d:\d\d:\d\d$/);
    await page.waitForFunction((text) => document.querySelector('.clock.tag').innerText !== text, earlier);
  });

  it('is told the rule that refuses a command, and what is possible', async () => {
    const t = await texts('en');
    const receipt = await submitScreening(service);
    await enter();
    await goTo(`#/cases/${receipt.case_id}/close`);
    await page.locator('[data-form=action]').waitFor();
    const manager = await signedIn(service, 'casemanager');
    await give(manager, receipt.case_id, 'add-note', { audience: 'case', text: 'Synthetic note.' });
    await page.getByLabel(t['close_reason.other']).check();
    await page.locator('[data-form=action] button').click();
    const summary = page.locator('[role=alert]');
    await summary.getByText(t['problem.moved']).waitFor();
    await summary.getByText(t['event.case.note_added']).waitFor();
    await assertAccessible('moved meanwhile');
    await give(manager, receipt.case_id, 'close', { reason: 'opened_in_error' });
    await page.locator('[data-form=action] button').click();
    await summary.getByText(t['event.case.closed']).waitFor();
    await page.locator('[data-form=action] button').click();
    await summary.getByText(t['rule.case.ended']).waitFor();
    await summary.getByRole('link', { name: t['command.reopen'] }).waitFor();
    await assertAccessible('refused');
    await summary.getByRole('link', { name: t['command.reopen'] }).click();
    await page.getByLabel(t['reopen_reason.closed_in_error']).check();
    await page.locator('[data-form=action] button').click();
    await page.locator('[role=status].done').waitFor();
  });

  it('sees only the data that the person agreed to share', async () => {
    const t = await texts('en');
    const receipt = await submitScreening(service);
    const responder = await signedIn(service, 'responder');
    await give(responder, receipt.case_id, 'withdraw-consent', { purpose: 'referral' });
    await give(responder, receipt.case_id, 'record-consent', { purpose: 'referral', agreed: true, data: ['identity'] });
    await enter();
    await goTo(`#/cases/${receipt.case_id}/refer`);
    await page.locator('[name=data]').first().waitFor();
    assert.deepEqual(await page.locator('[name=data]').evaluateAll((boxes) => boxes.map(({ value }) => value)), ['identity']);
    assert.equal(await page.getByLabel(t['data.health']).count(), 0);
  });

  it('sees a list and a case as they were known', async () => {
    const t = await texts('en');
    const before = new Date().toISOString();
    const receipt = await submitScreening(service);
    await enter();
    const list = '#/stages/screening?order=newest';
    await goTo(list);
    await page.locator('tbody', { hasText: receipt.case_reference }).waitFor();
    await goTo(`${list}&as_of=${encodeURIComponent(before)}`);
    await page.locator('.past').waitFor();
    await page.locator('tbody a').first().waitFor();
    assert.doesNotMatch(await page.locator('tbody').innerText(), new RegExp(receipt.case_reference));
    assert.equal(await page.getByRole('button', { name: t['take.submit'] }).count(), 0, 'nothing can be taken in the past');
    await assertAccessible('the past');

    const known = await (await signedIn(service, 'casemanager'))('GET', `/cases/${receipt.case_id}/timeline`);
    await give(await signedIn(service, 'casemanager'), receipt.case_id, 'close', { reason: 'opened_in_error' });
    const moment = new Date(Date.parse(known.items.at(-1).accepted_at) + 1).toISOString();
    await goTo(`#/cases/${receipt.case_id}?as_of=${encodeURIComponent(moment)}`);
    await page.locator('.past').waitFor();
    assert.equal(await page.locator('.facts dd').first().innerText(), t['status.to_conclude']);
    assert.equal(await page.locator('.actions').count(), 0);
    await page.getByRole('link', { name: t['asOf.present'] }).click();
    await page.locator('.facts dd', { hasText: t['status.closed'] }).first().waitFor();
  });

  it('asks for a moment in Buddhist years and Thai digits', async () => {
    const t = await texts('th');
    const receipt = await submitScreening(service);
    await enter({ language: 'th' });
    await goTo(`#/cases/${receipt.case_id}`);
    const form = page.locator('[data-form=as-of]');
    await form.locator('button').click();
    await page.getByRole('link', { name: t['form.missing'].replace('{field}', t['asOf.label']) }).click();
    const tomorrow = new Date(Date.now() + 86_400_000 + 7 * 3_600_000);
    const answers = [tomorrow.getUTCDate(), tomorrow.getUTCMonth() + 1, tomorrow.getUTCFullYear() + 543, '๐๐:๐๕'];
    for (const [i, answer] of answers.entries()) await form.locator('input').nth(i).fill(String(answer));
    await form.locator('button').click();
    const day = new Intl.DateTimeFormat('th-TH-u-ca-buddhist-nu-latn', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
    await page.locator('.past', { hasText: `${day.format(tomorrow)} 00:05 น.` }).waitFor();
  });

  it('reads how far the people of an incident have come', async () => {
    const manager = await signedIn(service, 'casemanager');
    const [incident] = (await manager('GET', '/incidents')).items;
    await enter();
    await goTo('#/incidents');
    await page.locator(`tbody a[href="#/incidents/${incident.incident_id}"]`).click();
    await page.locator('meter').first().waitFor();
    assert.equal(await page.locator('.facts dd').nth(2).innerText(), String(incident.people));
    assert.equal(await page.locator('table').last().locator('tbody tr').count(), Math.min(incident.people, 100));
  });
});

async function assertLargeTargets(view) {
  const heights = await page.locator('header :is(a, button), #stages a, main :is(a, button, input:not([type=hidden], [type=radio], [type=checkbox]), select, textarea, summary, .choice)').evaluateAll(
    (targets) => targets.filter((target) => target.checkVisibility())
      .map((target) => [target.textContent, Math.round(target.getBoundingClientRect().height)]),
  );
  assert.ok(heights.length > 3, view);
  assert.deepEqual(heights.filter(([, height]) => height < 44), [], view);
}
