// The frame of the portal: it looks right everywhere, works without scripts, and its islands wake up.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { inspect, untroubled } from './checks.mjs';
import { start } from './platform.mjs';

let platform;
let browser;
before(async () => {
  platform = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (platform) assert.equal(await platform.stop(), 0, 'SIGTERM ends it with 0');
});

test('the catalogue looks right in light, in dark and on a phone', async () => {
  await inspect(browser, `${platform.demo.portal_url}/`, 'portal-home');
});

test('an unknown address has a page of its own', async () => {
  await inspect(browser, `${platform.demo.portal_url}/nowhere/at-all`, 'portal-404', { status: 404, expected: [404] });
});

test('times stay current', async () => {
  const person = await visit(browser);
  await person.page.clock.install();
  await person.page.goto(`${platform.demo.portal_url}/`);
  const time = person.page.locator('time[data-relative]').first();
  const drawn = await time.textContent();
  // The server's words never change; after 26 hours the page says something else.
  await person.page.clock.runFor('26:00:00');
  await time.filter({ hasNotText: drawn }).waitFor();
  untroubled(person);
  await person.close();
});

test('the menu on a phone opens without scripts', async () => {
  const person = await visit(browser, { look: 'phone', javaScript: false });
  await person.page.goto(`${platform.demo.portal_url}/`);
  await person.page.locator('details.small-menu > summary').click();
  await person.page.locator('details.small-menu nav a', { hasText: 'APIs' }).waitFor();
  untroubled(person);
  await person.close();
});

test('the theme that was chosen is kept', async () => {
  const person = await visit(browser);
  await person.page.goto(`${platform.demo.portal_url}/`);
  await person.page.locator('.wide [data-theme-switch]').click();
  await person.page.reload();
  assert.equal(await person.page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  untroubled(person);
  await person.close();
});
