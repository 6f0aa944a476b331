// How the dashboard is worked in: the inbox by keyboard, what is said after an act, a subscription on another plan.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { accessible, untroubled } from './checks.mjs';
import * as dashboard from './dashboard.mjs';
import { start } from './platform.mjs';

let platform;
let browser;
let session;
before(async () => {
  platform = await start();
  browser = await launch();
  const admin = await visit(browser);
  await dashboard.signIn(admin, platform.demo);
  session = await admin.context.storageState();
  await admin.close();
});
after(async () => {
  await browser?.close();
  if (platform) assert.equal(await platform.stop(), 0, 'SIGTERM ends it with 0');
});

test('the inbox is decided by keyboard', async () => {
  const person = await visit(browser, { session });
  const { page } = person;
  await page.goto(`${platform.demo.admin_url}/approvals`);
  await page.getByText('approve (it asks first)').waitFor();
  await page.keyboard.press('r');
  const reason = page.getByLabel('Reason needed to refuse');
  assert.ok(await reason.evaluate((area) => area === document.activeElement), 'r leads to the reason');
  await page.keyboard.type('a jar');
  assert.equal(await reason.inputValue(), 'a jar', 'letters that are typed are letters');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await reason.fill('');
  await reason.blur();
  await page.keyboard.press('a');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('It gets').waitFor();
  await accessible(page);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('a');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await page.locator('.toast', { hasText: 'Approved' }).waitFor();
  await page.getByRole('heading', { name: 'Nobody waits' }).waitFor();
  untroubled(person);
  await person.close();
});

test('what was done is said for six seconds, what failed until it is put away', async () => {
  const person = await visit(browser, { session });
  const { page } = person;
  await page.clock.install();
  await page.goto(`${platform.demo.admin_url}/account`);
  const rename = async () => {
    await page.getByRole('button', { name: 'Change the name' }).click();
    await page.locator('.toast').waitFor();
  };
  await rename();
  await page.clock.runFor(2_000);
  assert.equal(await page.locator('.toast').count(), 1);
  await page.clock.runFor(6_000);
  assert.equal(await page.locator('.toast').count(), 0, 'it is gone after six seconds');
  await rename();
  await page.locator('.toast [data-dismiss]').focus();
  await page.clock.runFor(10_000);
  assert.equal(await page.locator('.toast').count(), 1, 'it waits for who is at it');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.toast').count(), 0);
  untroubled(person);
  await person.close();
});

test('a toast lies over nothing that can be pressed', async () => {
  const person = await visit(browser, { session });
  const { page } = person;
  await page.goto(`${platform.demo.admin_url}/account`);
  await page.getByRole('button', { name: 'Change the name' }).click();
  const toast = page.locator('.toast');
  await toast.waitFor();
  const covered = await page.evaluate(() => {
    const over = document.querySelector('.toasts').getBoundingClientRect();
    return [...document.querySelectorAll('#main :is(a[href], button, input, select, textarea)')]
      .map((element) => ({ text: element.textContent, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && box.left < over.right && box.right > over.left && box.top < over.bottom && box.bottom > over.top)
      .map(({ text }) => text);
  });
  assert.deepEqual(covered, []);
  await person.close();
});

test('a subscription is put on another plan', async () => {
  const person = await visit(browser, { session });
  const { page } = person;
  await page.goto(`${platform.demo.admin_url}/subscriptions?q=pier`);
  await page.locator('#main').getByRole('link', { name: 'Pier 9 Storefront' }).first().click();
  await page.getByRole('link', { name: 'Change the plan' }).click();
  const plan = page.getByLabel('Plan', { exact: true });
  await plan.selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Ask for Partner' }).waitFor();
  await page.getByLabel('What will you send?').waitFor();
  await plan.selectOption({ index: 0 });
  await page.getByRole('button', { name: 'Change to Sandbox' }).click();
  await page.locator('.toast', { hasText: 'The plan is changed' }).waitFor();
  await page.getByRole('heading', { name: 'Pier 9 Storefront on Sandbox' }).waitFor();
  untroubled(person);
  await person.close();
});
