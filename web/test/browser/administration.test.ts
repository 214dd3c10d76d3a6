// Administration: inviting somebody, changing what they are, shutting their account; every page of it is accessible.

import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { drawn, languages, type Opened, openPage, signIn, sizes, startBrowser, texts, violations, visit } from '../support/browser.ts';
import { signedIn, type Service, startService } from '../support/service.ts';

interface Account {
  id: string;
  username: string;
  role: string;
  active: boolean;
  waiting?: { digest: string };
}

let service: Service;
let browser: Browser;
const opened: Opened[] = [];

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

afterEach(async () => {
  const faults = opened.flatMap((one) => one.faults);
  await Promise.all(opened.splice(0).map(({ context }) => context.close()));
  expect(faults, 'errors and violations of the content security policy').toEqual([]);
});

async function open(options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  const one = await openPage(browser, service, options);
  opened.push(one);
  return one.page;
}

async function account(username: string): Promise<Account> {
  const { items } = await (await signedIn(service, 'admin'))<{ items: Account[] }>('GET', '/accounts');
  const found = items.find((one) => one.username === username);
  if (found === undefined) throw new Error(`there is no account ${username}`);
  return found;
}

describe.each(languages)('administration in %s', (language) => {
  test.each(Object.keys(sizes) as (keyof typeof sizes)[])('is accessible on a %s, page by page', async (size) => {
    const page = await open({ language, size: sizes[size] });
    await signIn(page, 'admin');
    const { id } = await account('team');
    for (const path of ['', '/people', '/people/invite', `/people/${id}`, `/people/${id}/post`, `/people/${id}/do/disable`, '/agencies', '/agencies/datip', '/devices', '/devices?silent=week', '/devices/ticket', '/forms', '/limits', '/holidays', '/retention']) {
      await visit(page, `/administration${path}`);
      expect(await violations(page), path).toEqual([]);
    }
    for (const path of ['/held', '/held/import']) {
      await visit(page, path);
      expect(await violations(page), path).toEqual([]);
    }
  });
});

describe('an administrator', () => {
  const t = texts('administration', 'en');
  const common = texts('common', 'en');

  test('invites one person, also where the button is pressed twice', async () => {
    const page = await open();
    await signIn(page, 'admin');
    await visit(page, '/administration/people/invite');
    await page.getByLabel(common['role.responder'] ?? '').check();
    await page.locator('#agency').selectOption('immigration-bureau');
    const asked: Route[] = [];
    await page.route('**/api/v1/accounts', (route) => { asked.push(route); });
    await page.getByRole('button', { name: t['people.invite.submit'] }).dblclick();
    await drawn(page);
    expect(asked.length, 'the code of a second invitation would take the place of the first').toBe(1);
    await asked[0]?.continue();
    await page.locator('.once code').waitFor();
  });

  test('invites somebody, who makes an account and is let in to it alone', async () => {
    const page = await open();
    await signIn(page, 'admin');
    await visit(page, '/administration/people/invite');
    await page.getByRole('button', { name: t['people.invite.submit'] }).click();
    await page.locator('.govuk-error-summary').waitFor();
    await page.getByLabel(common['role.responder'] ?? '').check();
    await page.locator('#agency').selectOption('immigration-bureau');
    await page.getByRole('button', { name: t['people.invite.submit'] }).click();
    const code = await page.locator('.once code').textContent();

    const theirs = await open({ size: sizes.phone });
    await theirs.getByRole('button', { name: common['signin.invitation.have'] }).click();
    await theirs.locator('#invitation').fill(code ?? '');
    for (const [name, said] of [['มาลี', 'signin.name'], ['responder', 'signin.taken']] as const) {
      await theirs.locator('#username').fill(name);
      await theirs.locator('#password').fill('correct horse battery staple 9');
      await theirs.locator('main button[type=submit]').click();
      await theirs.locator('#username-error', { hasText: common[said] }).waitFor();
    }
    await theirs.locator('#username').fill('newcomer');
    await theirs.locator('#password').fill('correct horse battery staple 9');
    await theirs.locator('main button[type=submit]').click();
    await theirs.getByText(texts('account', 'en')['account.first'] ?? '').waitFor();
    expect(await theirs.locator('nav[class=navigation]').count(), 'a password alone opens nothing').toBe(0);
    expect(await violations(theirs)).toEqual([]);
    expect((await account('newcomer')).role).toBe('responder');
  });

  test('shuts an account after being told what comes of it, and opens it again', async () => {
    const page = await open();
    await signIn(page, 'admin');
    const { id } = await account('shelter');
    await visit(page, `/administration/people/${id}`);
    await page.getByRole('link', { name: t['act.disable'] }).click();
    await page.getByText((t['act.disable.comes'] ?? '').replace('{username}', 'shelter')).waitFor();
    expect((await account('shelter')).active, 'nothing is done before it is said').toBe(true);
    await page.getByRole('button', { name: t['act.disable'] }).click();
    await page.getByText(t['act.done'] ?? '').waitFor();
    expect((await account('shelter')).active).toBe(false);
    await page.getByRole('link', { name: t['act.enable'] }).click();
    await page.getByRole('button', { name: t['act.enable'] }).click();
    await page.getByText(t['act.done'] ?? '').waitFor();
    expect((await account('shelter')).active).toBe(true);
  });

  test('asks for a grave role, which waits for another administrator', async () => {
    const page = await open();
    await signIn(page, 'admin');
    const { id } = await account('team');
    await visit(page, `/administration/people/${id}/post`);
    await page.getByLabel(common['role.casemanager'] ?? '').check();
    await page.getByRole('button', { name: t['people.post.submit'] }).click();
    await page.getByText(t['people.post.waits'] ?? '').waitFor();
    await page.getByText(t['people.waiting.own'] ?? '').waitFor();
    expect((await account('team')).role).toBe('team');
  });

  test('confirms what is shown, and is shown what waits instead where that has changed', async () => {
    const page = await open();
    await signIn(page, 'admin');
    const administrator = await signedIn(service, 'admin');
    const { id } = await account('shelter');
    const ask = (agency: string) => administrator('POST', `/accounts/${id}/role`, { role: 'casemanager', agency, provinces: ['TH-50'] });
    await page.route('**/api/v1/accounts', async (route) => { // another has asked: there is one administrator in the demonstration
      const { items } = (await (await route.fetch()).json()) as { items: { waiting?: { asked_by: string } }[] };
      await route.fulfill({ json: { items: items.map((one) => one.waiting ? { ...one, waiting: { ...one.waiting, asked_by: 'x' } } : one), next: '' } });
    });
    const sent: unknown[] = [];
    await page.route(`**/api/v1/accounts/${id}/confirm`, (route) => {
      sent.push(route.request().postDataJSON());
      return route.fulfill(sent.length > 1 ? { status: 204 } : {
        status: 409, contentType: 'application/problem+json', json: { type: 'urn:songtor:problem:other-request' },
      });
    });

    await ask('ngo-sapan-jai');
    await visit(page, `/administration/people/${id}`);
    await page.getByRole('link', { name: t['act.confirm'] }).click();
    await page.getByText('Sapan Jai Foundation').waitFor();
    await page.getByText(common['role.casemanager'] ?? '').first().waitFor();
    await page.getByText('Chiang Mai').waitFor();
    expect(await violations(page)).toEqual([]);
    const looked = await account('shelter');
    await ask('datip');
    await page.getByRole('button', { name: t['act.confirm'] }).click();
    await page.locator('.govuk-error-summary').getByText(texts('account', 'en')['account.refusal.otherRequest'] ?? '').waitFor();
    await page.getByText('Anti-Trafficking in Persons').first().waitFor();
    expect(await page.getByText('Sapan Jai Foundation').count(), 'what does not wait any more').toBe(0);
    const now = await account('shelter');
    await page.getByRole('button', { name: t['act.confirm'] }).click();
    await page.getByText(t['act.done'] ?? '').waitFor();
    expect(sent, 'each time what was shown').toEqual([{ digest: looked.waiting?.digest }, { digest: now.waiting?.digest }]);
    expect(looked.waiting?.digest).not.toBe(now.waiting?.digest);

    await administrator('POST', `/accounts/${id}/role`, { role: 'shelter', agency: 'shelter-women-central' });
    await visit(page, `/administration/people/${id}/do/confirm`);
    await page.getByText(t['people.waiting.none'] ?? '').waitFor();
    expect(await page.getByRole('button', { name: t['act.confirm'] }).count()).toBe(0);
  });
});
