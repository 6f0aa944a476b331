// What every page must pass: accessibility, no sideways scroll, and a picture to look at.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { LOOKS, visit } from './browser.mjs';

const SCREENSHOTS = process.env.SCREENSHOTS ?? new URL('../../target/screenshots', import.meta.url).pathname;
const GRAVE = ['serious', 'critical'];

/** No serious or critical finding of axe. */
export async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
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

/**
 * Looks at an address in light, in dark and on a phone: axe, width, console, a picture of each. `session` is a
 * signed-in person's `context.storageState()`; `ready` waits until the page is worth looking at.
 */
export async function inspect(browser, url, name, { session, expected, ready = async () => {} } = {}) {
  for (const look of Object.keys(LOOKS)) {
    const person = await visit(browser, { look, expected });
    try {
      if (session) await person.context.addCookies(session.cookies);
      await person.page.goto(url, { waitUntil: 'networkidle' });
      await ready(person.page);
      await picture(person.page, name, look);
      await noSidewaysScroll(person.page);
      await accessible(person.page);
      untroubled(person);
    } finally {
      await person.close();
    }
  }
}
