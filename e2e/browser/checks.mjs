// What every page must pass: accessibility, no sideways scroll, and a picture to look at.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { LOOKS, turn, visit } from './browser.mjs';

const SCREENSHOTS = process.env.SCREENSHOTS ?? new URL('../../target/screenshots', import.meta.url).pathname;
const GRAVE = ['serious', 'critical'];

/** What a change of colours alone can break. */
const COLOURS = ['color-contrast', 'link-in-text-block'];
/** What a narrow window alone can break. */
const NARROW = ['color-contrast', 'scrollable-region-focusable', 'target-size', 'aria-hidden-focus', 'label', 'link-name', 'button-name'];
const RULES = { dark: COLOURS, phone: NARROW };

/**
 * No serious or critical finding of axe; of these `rules` alone, if there are any. No page of ours has frames, so axe
 * needs no page of its own to sum up.
 */
export async function accessible(page, rules) {
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
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
 * Opens an address and looks at it in light, in dark and on a phone: status, heading, width, axe, console, pictures.
 * What is wrong in all looks is told at once. `ready` waits until the page is worth looking at.
 */
export async function lookAt(person, url, name, { status = 200, ready = async () => {} } = {}) {
  const { page, problems } = person;
  problems.length = 0;
  await turn(page, 'light');
  const answer = await page.goto(url);
  assert.equal(answer.status(), status, url);
  // Islands come after the page.
  if (await page.locator('leptos-island').count() > 0) await page.waitForLoadState('networkidle');
  await ready(page);
  await oneHeading(page);
  const wrong = [];
  for (const look of Object.keys(LOOKS)) {
    await turn(page, look);
    await picture(page, name, look);
    for (const check of [noSidewaysScroll, (it) => accessible(it, RULES[look])]) {
      try {
        await check(page);
      } catch (error) {
        wrong.push(`${look}: ${error.message}`);
      }
    }
  }
  await turn(page, 'light');
  assert.deepEqual(wrong, [], url);
  untroubled(person);
}

/** Looks at an address as a stranger. */
export async function inspect(browser, url, name, { expected, ...more } = {}) {
  const person = await visit(browser, { expected });
  try {
    await lookAt(person, url, name, more);
  } finally {
    await person.close();
  }
}
