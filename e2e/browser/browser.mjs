// The system's Chromium, and pages that report what goes wrong in them.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts the browser. Nothing leaves the machine but what the pages under test ask for. */
export async function launch() {
  const executablePath = process.env.CHROMIUM ?? CANDIDATES.find((path) => existsSync(path));
  if (!executablePath) throw new Error(`no Chromium: set CHROMIUM or install one of ${CANDIDATES.join(', ')}`);
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** The ways in which every page is looked at. */
export const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
};

/** Shows the page that is open in another way, without loading it again. */
export async function turn(page, look) {
  const { colorScheme, viewport } = LOOKS[look];
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(viewport);
}

/**
 * A person with a browser of their own: cookies are theirs alone.
 *
 * `person.problems` collects console errors, page errors, failed requests and requests to strangers. A test that
 * expects an answer of 4xx names its status in `expected`. `session` is what another one's `context.storageState()`
 * returned: the same person, in another browser.
 */
export async function visit(browser, { look = 'light', javaScript = true, expected = [], session } = {}) {
  const context = await browser.newContext({
    storageState: session,
    ...LOOKS[look],
    javaScriptEnabled: javaScript,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const problems = [];
  watch(page, problems, { expected, javaScript });
  return { context, page, problems, close: () => context.close() };
}

function watch(page, problems, { expected, javaScript }) {
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    const text = message.text();
    const isExpected = expected.some((status) => text.includes(`status of ${status} `));
    if (!isExpected) problems.push(`${message.type()} on ${page.url()}: ${text}`);
  });
  page.on('pageerror', (error) => problems.push(`exception on ${page.url()}: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // A page that is left before all of it has arrived is no failure; nor is a script that is switched off.
    const isExpected = reason === 'net::ERR_ABORTED' || (!javaScript && request.resourceType() === 'script');
    if (!isExpected) problems.push(`${request.url()}: ${reason}`);
  });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isOurs = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) || ['data:', 'blob:'].includes(protocol);
    if (!isOurs) problems.push(`a request to a stranger: ${request.url()}`);
  });
}
