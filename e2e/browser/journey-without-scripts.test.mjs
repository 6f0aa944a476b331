// The portal's forms in a browser that runs no scripts: from the sign-in to a key that works.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { untroubled } from './checks.mjs';
import * as developer from './developer.mjs';
import { call, until } from './gateway.mjs';
import { start } from './platform.mjs';

const APPLICATION = 'Warehouse Scanner';

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

test('sign-in, application, plan and key', async () => {
  const { demo } = platform;
  const noor = await visit(browser, { javaScript: false, expected: [422] });
  const { page } = noor;

  await page.goto(`${demo.portal_url}/sign-in`);
  await page.getByLabel('E-mail').fill(demo.developer_email);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.locator('main').getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('main .notice[data-tone=bad]').waitFor();
  assert.equal(await page.getByLabel('E-mail').inputValue(), demo.developer_email, 'what was typed is still there');
  await developer.signIn(noor, demo, { email: demo.developer_email, password: demo.developer_password });

  await page.goto(`${demo.portal_url}/applications/new`);
  await page.getByLabel('What it is for').fill('Reads labels at the gate.');
  await page.getByRole('button', { name: 'Make the application' }).click();
  await page.locator('main #name-error').waitFor();
  assert.equal(await page.getByLabel('What it is for').inputValue(), 'Reads labels at the gate.');
  const application = await developer.makeApplication(noor, demo, {
    name: APPLICATION, description: 'Reads labels at the gate.',
  });

  await developer.subscribe(noor, demo, { api: 'Harbor Shipping', plan: 'Sandbox', application: APPLICATION });
  await page.locator('main').getByText('The subscription is in force').waitFor();
  assert.ok(page.url().startsWith(application), 'an instant plan leads to the keys');

  const key = await developer.makeKey(noor, application, 'Gate 4');
  const answer = await until(() => call(demo.example_url, key), ({ status }) => status === 200);
  assert.match(answer.headers.get('ratelimit') ?? '', /r=\d+/);

  const successor = await developer.rotate(noor, application, { label: 'Gate 4', overlap: '24 hours' });
  await until(() => call(demo.example_url, successor), ({ status }) => status === 200);
  await developer.revoke(noor, application, { label: 'Gate 4', key });
  const refused = await until(() => call(demo.example_url, key), ({ status }) => status === 401);
  assert.equal(refused.code, 'credential_revoked');
  untroubled(noor);
  await noor.close();
});

test('a call is tried', async () => {
  const { demo } = platform;
  const noor = await visit(browser, { javaScript: false });
  const { page } = noor;
  await developer.signIn(noor, demo, { email: demo.developer_email, password: demo.developer_password });
  await page.goto(`${demo.portal_url}/apis/harbor-shipping/operations/list-rates`);
  const form = page.getByRole('region', { name: 'Try it' });
  await form.getByLabel('As application').selectOption({ label: 'Pier 9 Storefront, Standard plan' });
  await form.getByRole('button', { name: 'Send' }).click();
  const answer = form.getByRole('status');
  assert.equal(await answer.locator('.http').textContent(), '200');
  assert.ok(JSON.parse(await answer.getByRole('region', { name: 'Body of the answer' }).textContent()));
  untroubled(noor);
  await noor.close();
});
