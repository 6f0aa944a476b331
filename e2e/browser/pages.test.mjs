// Every page that links lead to, with the demo's data, in light, in dark and on a phone. Pictures of all go to target/screenshots.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { inspect, lookAt } from './checks.mjs';
import * as dashboard from './dashboard.mjs';
import * as developer from './developer.mjs';
import { start } from './platform.mjs';
import { describe } from './upstream.mjs';
import { walk } from './walk.mjs';

let platform;
let browser;
before(async () => {
  platform = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await platform?.stop();
});

/** Follows all links, and looks at one page of each kind. Each is a test of its own. */
async function everywhere(t, { base, starts, session, prefix }) {
  const person = await visit(browser, { session });
  const pictureOf = (kind) => `${prefix}${kind === '/' ? '-home' : kind.replace(/[^A-Za-z]+/g, '-').toLowerCase()}`;
  try {
    const kinds = await walk(person, base, starts, (kind, address) => t.test(kind, () => lookAt(person, address, pictureOf(kind))));
    return [...kinds.keys()];
  } finally {
    await person.close();
  }
}

// Side by side: much of the time is waiting.
suite('every page', { concurrency: 3 }, () => {
  test('the dashboard', async (t) => {
    const { demo } = platform;
    const admin = await visit(browser);
    await dashboard.signIn(admin, demo);
    await dashboard.paste(admin, demo, describe('http://127.0.0.1:9').text);
    const preview = new URL(admin.page.url()).pathname;
    await dashboard.drift(admin, demo);
    const session = await admin.context.storageState();
    await admin.close();
    const kinds = await everywhere(t, { base: demo.admin_url, starts: ['/', '/apis', preview], session, prefix: 'admin' });
    for (const kind of ['/approvals', '/apis/API/v1/policies', '/plans/ID', '/log/REQUEST', '/audit', '/nodes', '/configuration']) {
      assert.ok(kinds.includes(kind), `links lead to ${kind}`);
    }
  });

  test('the gate of the dashboard', async () => {
    const { admin_url: base } = platform.demo;
    await inspect(browser, `${base}/sign-in`, 'admin-sign-in');
    await inspect(browser, `${base}/forgotten`, 'admin-forgotten');
  });

  test('the portal, signed in', async (t) => {
    const { demo } = platform;
    const noor = await visit(browser);
    await developer.signIn(noor, demo, { email: demo.developer_email, password: demo.developer_password });
    const session = await noor.context.storageState();
    await noor.close();
    const starts = ['/', '/apis/harbor-shipping', '/apis/harbor-shipping/operations/create-shipment'];
    const kinds = await everywhere(t, { base: demo.portal_url, starts, session, prefix: 'portal' });
    for (const kind of ['/applications/ID', '/applications/ID/keys/ID', '/apis/API/subscribe', '/subscriptions/ID', '/usage',
      '/log', '/notifications', '/account', '/errors/CODE']) {
      assert.ok(kinds.includes(kind), `links lead to ${kind}`);
    }
  });

  test('the portal, as a visitor', async (t) => {
    const { portal_url: base } = platform.demo;
    const visitor = await visit(browser);
    // The other pages are those of somebody who is signed in, with less on them.
    for (const path of ['/', '/search?q=rates', '/apis/harbor-shipping', '/apis/harbor-shipping/operations/create-shipment',
      '/sign-in', '/sign-up', '/forgotten', '/verify/again']) {
      const name = path === '/' ? '-home' : path.replace(/[^a-z]+/g, '-');
      await t.test(path, () => lookAt(visitor, `${base}${path}`, `visitor${name}`));
    }
    await visitor.close();
  });
});
