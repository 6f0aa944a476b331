// What cache-tests.fyi asks of a shared cache, asked of a gateway with the policy `cache`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fetch from 'node-fetch';
import { getResults, runTests } from 'http-cache-tests/client/runner.mjs';
import suites from 'http-cache-tests/tests/index.mjs';
import { until } from '../browser/gateway.mjs';
import { start } from '../browser/platform.mjs';
import { DEVIATIONS } from './deviations.mjs';
import { serve } from './origin.mjs';
import { publish } from './publish.mjs';

const BASE = '/cache-tests';
const TESTS = suites.flatMap((suite) => suite.tests).filter((one) => !one.browser_only);
const BY_ID = new Map(TESTS.map((one) => [one.id, one]));

let platform;
let origin;
let results;

before(async () => {
  platform = await start();
  origin = await serve(BASE);
  const address = await publish(platform, origin.url, BASE);
  const ask = async () => (await fetch(`${address}/state/none`)).text();
  await until(ask, (text) => text.includes('State not found'), { within: 10_000, what: 'an answer of the origin' });
  await runTests(suites, fetch, false, address);
  results = getResults();
});
after(async () => {
  await origin?.close();
  if (platform) assert.equal(await platform.stop(), 0, 'SIGTERM ends it with 0');
});

const passed = (id) => results[id] === true;

/** Whether all that a test builds upon holds; without it the test says nothing. */
const stands = (one) => (one.depends_on ?? []).every((id) => passed(id) && stands(BY_ID.get(id)));

/** The tests of a kind that do not pass and are not named as deviations. */
function surprises(kind) {
  const ours = TESTS.filter((one) => (one.kind ?? 'required') === kind && stands(one));
  const failed = ours.filter(({ id }) => !passed(id) && !(id in DEVIATIONS));
  return { count: ours.filter(({ id }) => passed(id)).length, failed: failed.map(({ id }) => `${id}: ${results[id]?.join(': ')}`) };
}

test('every test of the suite was run', () => {
  assert.deepEqual(TESTS.filter(({ id }) => !(id in results)).map(({ id }) => id), []);
  assert.ok(TESTS.length > 300, `${TESTS.length} tests`);
});

for (const kind of ['required', 'optimal']) {
  test(`what is ${kind} holds`, (context) => {
    const { count, failed } = surprises(kind);
    context.diagnostic(`${count} ${kind} tests pass`);
    assert.deepEqual(failed, []);
  });
}

test('the deviations are what they are said to be', () => {
  const unknown = Object.keys(DEVIATIONS).filter((id) => !BY_ID.has(id));
  const over = Object.keys(DEVIATIONS).filter((id) => passed(id));
  assert.deepEqual({ unknown, over }, { unknown: [], over: [] });
});

test('what may be either way is told', (context) => {
  const checks = TESTS.filter(({ kind }) => kind === 'check');
  const yes = checks.filter(({ id }) => passed(id));
  context.diagnostic(`${yes.length} of ${checks.length} checks say yes`);
  assert.ok(checks.length > 0);
});
