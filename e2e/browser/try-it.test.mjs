// Trying an operation from its page: the browser calls the gateway itself, and says what came of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LOOKS, launch, visit } from './browser.mjs';
import { accessible, noSidewaysScroll, picture, untroubled } from './checks.mjs';
import * as developer from './developer.mjs';
import { until } from './gateway.mjs';
import { start } from './platform.mjs';

const APPLICATION = 'Pier 9 Storefront, Standard plan';

let platform;
let browser;
let session;
before(async () => {
  platform = await start();
  browser = await launch();
  const { demo } = platform;
  const noor = await visit(browser);
  await developer.signIn(noor, demo, { email: demo.developer_email, password: demo.developer_password });
  session = await noor.context.storageState();
  await noor.close();
});
after(async () => {
  await browser?.close();
  if (platform) assert.equal(await platform.stop(), 0, 'SIGTERM ends it with 0');
});

const address = (operation) => `${platform.demo.portal_url}/apis/harbor-shipping/operations/${operation}`;
const form = (page) => page.getByRole('region', { name: 'Try it' });

/** Somebody at the page of an operation, whose island has woken up; `sent` collects what goes to the gateway. */
async function at(operation, more = {}) {
  const person = await visit(browser, { session, ...more });
  const sent = [];
  person.page.on('request', (request) => {
    if (request.url().startsWith(platform.demo.gateway_url)) sent.push(request);
  });
  await person.page.goto(address(operation));
  await person.page.waitForLoadState('networkidle');
  await form(person.page).getByLabel('As application').selectOption({ label: APPLICATION });
  return { ...person, sent, form: form(person.page) };
}

const send = (person) => person.form.getByRole('button', { name: 'Send', exact: true }).click();
const body = (person) => person.form.getByRole('region', { name: 'Body of the answer' });
const fact = (person, name) => person.form.locator('.result-facts div', { hasText: name }).locator('dd');

test('a call goes straight to the gateway, and is counted', async () => {
  const noor = await at('list-rates');
  await noor.form.getByLabel('weight').fill('2500');
  await send(noor);
  await fact(noor, 'Status').getByText('200').waitFor();
  const calls = noor.sent.filter((request) => request.method() === 'GET');
  assert.equal(calls.length, 1);
  assert.equal(new URL(calls[0].url()).searchParams.get('weight'), '2500');
  assert.match(calls[0].headers()['x-api-key'], /^ghp_/, 'a playground token, no key');
  assert.equal(calls[0].headers().cookie, undefined);
  assert.ok(Array.isArray(JSON.parse(await body(noor).textContent()).rates));
  assert.ok(await body(noor).locator('i.k').count() > 0, 'JSON is coloured');
  assert.match(await fact(noor, 'Time').textContent(), /^\d+ ms$/);
  assert.match(await fact(noor, 'Left this minute').textContent(), /^\d+ of 600$/);
  await noor.form.getByRole('link', { name: /^Headers/ }).click();
  const headers = noor.form.getByRole('region', { name: 'Headers of the answer' });
  const id = (await headers.textContent()).match(/^x-request-id: (.*)$/m)?.[1];
  assert.ok(id, 'the answer has an id to ask about');
  await noor.form.getByRole('link', { name: 'As curl' }).click();
  const curl = await noor.form.getByRole('region', { name: 'The call for the command line' }).textContent();
  assert.ok(curl.includes('weight=2500') && curl.includes('$API_KEY'), curl);
  await accessible(noor.page);
  untroubled(noor);
  await until(async () => {
    await noor.page.goto(`${platform.demo.portal_url}/log`);
    return noor.page.locator('main').innerText();
  }, (text) => text.includes('from the try-it page'), { within: 6_000, every: 250, what: 'the log' });
  await noor.close();
});

test('samples follow what is typed', async () => {
  const noor = await at('list-rates');
  await noor.form.getByLabel('weight').fill('777');
  await noor.page.locator('[data-panel=curl]', { hasText: 'weight=777' }).waitFor();
  await noor.page.locator('[data-panel=python]', { hasText: '777' }).waitFor({ state: 'attached' });
  assert.equal(noor.sent.length, 0);
  untroubled(noor);
  await noor.close();
});

test('what is needed is asked for', async () => {
  const noor = await at('get-shipment');
  await noor.form.getByLabel('shipment').fill('');
  await send(noor);
  assert.ok(await noor.form.getByLabel('shipment').evaluate((input) => input.validity.valueMissing));
  assert.equal(noor.sent.length, 0);
  await noor.close();
});

test('a body is sent as it was typed', async () => {
  const noor = await at('create-shipment', { expected: [422] });
  await noor.form.getByLabel('Body', { exact: true }).press('Control+Enter');
  await fact(noor, 'Status').getByText('201').waitFor();
  await noor.form.getByLabel('Body', { exact: true }).fill('{"carrier": "tern"}');
  await send(noor);
  await fact(noor, 'Status').getByText('422').waitFor();
  const [, last] = noor.sent.filter((request) => request.method() === 'POST');
  assert.equal(last.postData(), '{"carrier": "tern"}');
  untroubled(noor);
  await noor.close();
});

test('a stream is shown as it arrives, and can be cancelled', async () => {
  const noor = await at('stream-events');
  await send(noor);
  await body(noor).getByText('data:').first().waitFor();
  assert.ok(await noor.form.getByText('Receiving').isVisible(), 'it goes on');
  await noor.form.getByRole('button', { name: 'Cancel' }).click();
  await noor.form.getByText('The call was cancelled').waitFor();
  assert.match(await body(noor).textContent(), /data:/, 'what came is still there');
  await noor.close();
});

test('a refusal is explained, and counts down', async () => {
  const noor = await at('list-rates', { expected: [429] });
  const problem = {
    type: `${platform.demo.portal_url}/errors/rate_limited`, title: 'Too many calls', status: 429, code: 'rate_limited',
    detail: '600 calls a minute are allowed',
  };
  await noor.page.route(`${platform.demo.gateway_url}/**`, (route) => route.fulfill({
    status: 429,
    headers: {
      'access-control-allow-origin': platform.demo.portal_url, 'access-control-expose-headers': '*',
      'retry-after': '2', ratelimit: '"minute";r=0;t=2', 'ratelimit-policy': '"minute";q=600;w=60',
    },
    contentType: 'application/problem+json',
    body: JSON.stringify(problem),
  }));
  await send(noor);
  await noor.form.getByRole('alert').getByText('Too many calls').waitFor();
  assert.equal(await noor.form.getByRole('link', { name: 'What this means' }).getAttribute('href'), '/errors/rate_limited');
  assert.match(await noor.form.getByRole('timer').textContent(), /in \d seconds?\./);
  assert.equal(await fact(noor, 'Left this minute').textContent(), '0 of 600');
  await noor.form.getByText('The next call may be sent now.').waitFor();
  await accessible(noor.page);
  untroubled(noor);
  await noor.close();
});

test('without a way to the gateway, the portal sends the call', async () => {
  const noor = await at('list-rates');
  await noor.page.route(`${platform.demo.gateway_url}/**`, (route) => route.abort('connectionrefused'));
  await send(noor);
  await noor.form.getByText('The gateway was not reached').waitFor();
  await accessible(noor.page);
  await noor.form.getByRole('button', { name: 'Send it through the portal' }).click();
  await noor.page.waitForURL(/#try$/);
  await body(noor).waitFor();
  assert.equal(await noor.form.getByRole('status').locator('.http').textContent(), '200');
  await noor.close();
});

test('an answer that the page may not read is told apart', async () => {
  const noor = await at('list-rates');
  await noor.page.route(`${platform.demo.gateway_url}/**`, (route) => (route.request().method() === 'HEAD'
    ? route.fulfill({ status: 404 })
    : route.abort('failed')));
  await send(noor);
  await noor.form.getByText('The answer may not be shown').waitFor();
  await noor.close();
});

test('it looks right in light, in dark and on a phone', async () => {
  for (const look of Object.keys(LOOKS)) {
    const noor = await at('create-shipment', { look });
    await send(noor);
    await fact(noor, 'Status').getByText('201').waitFor();
    await picture(noor.page, 'portal-try-it', look);
    await noSidewaysScroll(noor.page);
    await accessible(noor.page);
    untroubled(noor);
    await noor.close();
  }
});

test('only this page loads the client', async () => {
  const noor = await visit(browser, { session });
  const modules = [];
  noor.page.on('request', (request) => { if (request.url().endsWith('.wasm')) modules.push(request.url()); });
  const { portal_url: portal } = platform.demo;
  for (const path of ['/', '/apis/harbor-shipping', '/applications', '/usage', '/notifications', '/log', '/account']) {
    const answer = await noor.page.goto(`${portal}${path}`);
    const policy = answer.headers()['content-security-policy'];
    assert.ok(!policy.includes('wasm') && policy.includes("connect-src 'self';"), `${path}: ${policy}`);
    await noor.page.waitForLoadState('networkidle');
  }
  assert.deepEqual(modules, []);
  const answer = await noor.page.goto(address('list-rates'));
  const policy = answer.headers()['content-security-policy'];
  const { origin } = new URL(platform.demo.gateway_url);
  assert.ok(policy.includes(`connect-src 'self' ${origin};`), policy);
  await noor.page.waitForLoadState('networkidle');
  assert.equal(modules.length, 1);
  await noor.close();
});
