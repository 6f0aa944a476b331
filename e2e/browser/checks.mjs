// What every page must pass: accessibility, no sideways scroll, and a picture to look at.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { LOOKS, visit } from './browser.mjs';

const SCREENSHOTS = process.env.SCREENSHOTS ?? new URL('../../target/screenshots', import.meta.url).pathname;
const GRAVE = ['serious', 'critical'];

/** No serious or critical finding of axe. No page of ours has frames, so axe needs no page of its own to sum up. */
export async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  const grave = violations.filter(({ impact }) => GRAVE.includes(impact));
  const told = grave.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  assert.deepEqual(told, [], `axe on ${page.url()}`);
}

/** Nothing is wider than the window. */
export async function noSidewaysScroll(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(content <= window, `${page.url()} is ${content} px wide in a window of ${window}`);
}

/** Saves `<name>.<look>.png`, the whole page. */
export async function picture(page, name, look) {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.${look}.png`), fullPage: true });
}

/** Nothing went wrong for this person. */
export function untroubled({ problems }) {
  assert.deepEqual(problems, []);
}

/** What each page has exactly once. */
export async function oneHeading(page) {
  assert.equal(await page.locator('h1').count(), 1, `h1 on ${page.url()}`);
}

/**
 * Looks at an address the way this person sees it (`person.look`): status, heading, width, axe, console, a picture.
 * `ready` waits until the page is worth looking at.
 */
export async function lookAt(person, url, name, { status = 200, ready = async () => {} } = {}) {
  const { page, problems, look } = person;
  problems.length = 0;
  const answer = await page.goto(url);
  assert.equal(answer.status(), status, url);
  // Islands come after the page.
  if (await page.locator('leptos-island').count() > 0) await page.waitForLoadState('networkidle');
  await ready(page);
  await picture(page, name, look);
  await oneHeading(page);
  await noSidewaysScroll(page);
  await accessible(page);
  untroubled(person);
}

/** Looks at an address in light, in dark and on a phone, each time as a stranger. */
export async function inspect(browser, url, name, { expected, ...more } = {}) {
  for (const look of Object.keys(LOOKS)) {
    const person = await visit(browser, { look, expected });
    try {
      await lookAt(person, url, name, more);
    } finally {
      await person.close();
    }
  }
}
