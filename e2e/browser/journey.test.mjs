// From a document to a call that is paid for by a plan: a platform team and a developer, each in a browser of their own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { accessible, untroubled } from './checks.mjs';
import * as dashboard from './dashboard.mjs';
import * as developer from './developer.mjs';
import { call, until } from './gateway.mjs';
import { start } from './platform.mjs';
import { describe, serve } from './upstream.mjs';

const MIA = { name: 'Mia Lindqvist', email: 'mia@tideline.example', password: 'seven seals on a sandbank' };
const APPLICATION = 'Tideline App';
const LABEL = 'Production';
/** How soon every node refuses what was taken back. */
const SOON = { within: 1_000 };
/** How soon a call shows up in the portal: the promise is two seconds, the page itself takes a moment. */
const COUNTED = { within: 4_000, every: 200, what: 'the usage page' };

let platform;
let browser;
let upstream;
let admin;
let mia;
before(async () => {
  platform = await start();
  browser = await launch();
  upstream = await serve();
  // 422: a form that is refused on purpose.
  [admin, mia] = await Promise.all([visit(browser), visit(browser, { expected: [422] })]);
});
after(async () => {
  await browser?.close();
  await upstream?.close();
  if (platform) assert.equal(await platform.stop(), 0, 'SIGTERM ends it with 0');
});

test('a document becomes a plan, a key and a counted call', async (t) => {
  const { demo } = platform;
  const tides = `${demo.gateway_url}/tide-tables/v1/tides/galway`;
  let key;
  let application;
  /** One step; when it fails, the ones after it would only say so again. */
  const step = async (name, act) => { assert.ok(await passes(t, name, act), `“${name}” failed`); };

  await step('the preview shows the flaw with its line', async () => {
    const document = describe(upstream.url);
    await dashboard.signIn(admin, demo);
    await dashboard.paste(admin, demo, document.text);
    const findings = await admin.page.locator('aside').innerText();
    assert.match(findings, new RegExp(`Line ${document.line}, column \\d+: the reference \`${document.missing}\``));
    assert.match(findings, new RegExp(`^ +${document.line} .*${document.missing}`, 'm'), 'the lines around it');
    const routes = admin.page.getByRole('region', { name: 'Operations' });
    await routes.getByText('/tide-tables/v1/tides/{port}').waitFor();
    await routes.getByRole('row', { name: /warnings/ }).getByText(`Line ${document.line}`).waitFor();
    await accessible(admin.page);
  });

  await step('the draft is published', () => dashboard.publish(admin, { name: 'Tide Tables', routes: 2 }));

  await step('nobody calls it without a key', async () => {
    const refused = await until(() => call(tides), ({ status }) => status === 401, SOON);
    assert.equal(refused.code, 'credential_missing');
    assert.equal(upstream.calls.length, 0);
  });

  await step('a product with three plans goes on offer', async () => {
    await dashboard.offer(admin, demo, { product: 'Tides', api: 'Tide Tables v1' });
    await dashboard.plan(admin, { name: 'Sandbox', approval: 'At once', minute: 60 });
    await dashboard.plan(admin, { name: 'Standard', approval: 'After a review', minute: 600, month: 100_000 });
    await dashboard.plan(admin, {
      name: 'Partner', approval: 'After a review', minute: 6_000, question: 'Which ports do you serve?',
    });
    await dashboard.putOnOffer(admin, 'Tides');
    const plans = admin.page.getByRole('region', { name: 'Plans of Tides' });
    await plans.getByRole('row', { name: /Sandbox.*60 a minute.*at once/ }).waitFor();
    await plans.getByRole('row', { name: /Standard.*600 a minute.*100.000 a month.*reviewed/ }).waitFor();
    await plans.getByRole('row', { name: /Partner.*6.000 a minute/ }).waitFor();
  });

  await step('a developer signs up and proves the address', async () => {
    await developer.signUp(mia, demo, MIA);
    const link = await dashboard.mailedLink(admin, demo, { to: MIA.email, about: /verify/i });
    assert.ok(link.startsWith(`${demo.portal_url}/`), link);
    await developer.verify(mia, link);
    await developer.signIn(mia, demo, MIA);
  });

  await step('the request for the reviewed plan waits', async () => {
    application = await developer.makeApplication(mia, demo, { name: APPLICATION, description: 'Tides in a pocket.' });
    await developer.subscribe(mia, demo, { api: 'Tide Tables', plan: 'Standard', application: APPLICATION });
    await mia.page.getByText('Waiting for approval').first().waitFor();
    await accessible(mia.page);
  });

  await step('the key opens nothing before somebody said yes', async () => {
    key = await developer.makeKey(mia, application, LABEL);
    const refused = await until(() => call(tides, key), ({ status }) => status === 403, SOON);
    assert.equal(refused.code, 'subscription_pending');
  });

  await step('approved in the inbox, the key opens the API', async () => {
    await dashboard.approve(admin, demo, { application: APPLICATION, note: 'Fair winds.' });
    const answer = await until(() => call(tides, key), ({ status }) => status === 200, SOON);
    assert.deepEqual(answer.body, { port: 'galway', high: '06:12', low: '12:25' });
    assert.match(answer.headers.get('ratelimit') ?? '', /r=\d+/, 'the headers tell what is left');
    assert.ok(answer.headers.get('x-request-id'), 'the answer has an id to ask about');
    const passed = upstream.calls.at(-1);
    assert.equal(passed.path, '/tides/galway');
    assert.equal(passed.headers['x-api-key'], undefined, 'the key stays at the gateway');
    await mia.page.goto(`${application}/subscriptions`);
    await mia.page.getByRole('row', { name: /Tides/ }).getByText('Active').waitFor();
  });

  await step('the try-it page calls the gateway itself', async () => {
    const sent = mia.page.waitForRequest((request) => request.url() === tides && request.method() === 'GET');
    await developer.tryIt(mia, demo, { api: 'tide-tables', operation: 'get-tides', application: APPLICATION });
    assert.match((await sent).headers()['x-api-key'], /^ghp_/, 'a token in place of a key');
    const passed = upstream.calls.at(-1);
    assert.equal(passed.path, '/tides/galway');
    assert.ok(!JSON.stringify(passed.headers).includes('ghp_'), 'the token stays at the gateway');
    await until(async () => {
      await mia.page.goto(`${demo.portal_url}/log`);
      return mia.page.locator('main').innerText();
    }, (text) => text.includes('from the try-it page'), { ...COUNTED, within: 8_000, what: 'the log' });
  });

  await step('no key and an unknown key are told apart', async () => {
    assert.equal((await call(tides)).code, 'credential_missing');
    const unknown = await call(tides, `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`);
    assert.equal(unknown.status, 401);
    assert.equal(unknown.code, 'credential_unknown');
  });

  await step('the usage page counts the call', async () => {
    await until(async () => {
      await mia.page.goto(`${demo.portal_url}/usage`);
      return mia.page.locator('main').innerText();
    }, (text) => /getTides|The tides of a day/.test(text), COUNTED);
  });

  await step('the developer changes the plan, and the key goes on', async () => {
    await developer.changePlan(mia, application, { product: 'Tides', plan: 'Sandbox' });
    await mia.page.getByRole('heading', { name: 'Tides, Sandbox' }).waitFor();
    await accessible(mia.page);
    const answer = await until(() => call(tides, key), ({ headers }) => /q=60\b/.test(headers.get('ratelimit-policy') ?? ''), SOON);
    assert.equal(answer.status, 200, 'the new limits hold');
  });

  await step('a rotated key overlaps with the new one; revoked, it is refused at once', async () => {
    const old = key;
    key = await developer.rotate(mia, application, { label: LABEL, overlap: '1 hour' });
    assert.notEqual(key, old);
    await until(() => call(tides, key), ({ status }) => status === 200, SOON);
    assert.equal((await call(tides, old)).status, 200, 'both are taken meanwhile');
    await developer.revoke(mia, application, { label: LABEL, key: old });
    const refused = await until(() => call(tides, old), ({ status }) => status === 401, SOON);
    assert.equal(refused.code, 'credential_revoked');
    assert.equal((await call(tides, key)).status, 200, 'the new one goes on');
  });

  await step('a suspended subscription is refused, and the developer reads why', async () => {
    await dashboard.suspend(admin, demo, { application: APPLICATION, reason: 'The bill is open.' });
    const refused = await until(() => call(tides, key), ({ status }) => status === 403, SOON);
    assert.equal(refused.code, 'subscription_suspended');
    await mia.page.goto(`${application}/subscriptions`);
    await mia.page.getByText('The bill is open.').first().waitFor();
    await mia.page.goto(`${demo.portal_url}/notifications`);
    await mia.page.getByText(`The subscription of ${APPLICATION} to Tides was suspended`).waitFor();
    await admin.page.goto(`${demo.admin_url}/outbox?q=${encodeURIComponent(MIA.email)}`);
    await admin.page.getByRole('row', { name: /subscription suspended/i }).waitFor();
  });

  untroubled(admin);
  untroubled(mia);
});

/** Runs a subtest and tells whether it passed. */
async function passes(t, name, act) {
  let passed = false;
  await t.test(name, async () => {
    await act();
    passed = true;
  });
  return passed;
}
