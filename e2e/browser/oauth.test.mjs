// OAuth with a client library that knows nothing of Gatehouse: tokens for a program itself and for a person who consents in
// the portal, used at the gateway, refreshed, taken back.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { launch, turn, visit } from './browser.mjs';
import { accessible, noSidewaysScroll, picture, untroubled } from './checks.mjs';
import * as developer from './developer.mjs';
import { until } from './gateway.mjs';
import { start } from './platform.mjs';
import { serve } from './upstream.mjs';

const APPLICATION = 'Harbour Pilot';
/** The library wants https; everything here is on loopback. */
const INSECURE = { [oauth.allowInsecureRequests]: true };

let platform;
let browser;
let upstream;
let app;
let session;
let server;
let endpoint;

before(async () => {
  platform = await start();
  browser = await launch();
  upstream = await serve();
  app = await returnAddress();
  const { demo } = platform;
  endpoint = await publish();
  const noor = await visit(browser);
  await developer.signIn(noor, demo, { email: demo.developer_email, password: demo.developer_password });
  session = await noor.context.storageState();
  await noor.close();
  const issuer = new URL(demo.portal_url);
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
  server = await oauth.processDiscoveryResponse(issuer, found);
});
after(async () => {
  await browser?.close();
  await upstream?.close();
  await app?.close();
  if (platform) assert.equal(await platform.stop(), 0, 'SIGTERM ends it with 0');
});

/** Where an application waits for people to come back. */
async function returnAddress() {
  const listener = createServer((_, response) => response.end('<!doctype html><html lang="en"><title>Back</title><h1>Back</h1></html>'));
  await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${listener.address().port}/back`,
    close: () => new Promise((resolve) => { listener.closeAllConnections(); listener.close(resolve); }),
  };
}

/** One call of the admin API. */
async function admin(method, path, body, seen) {
  const { admin_url, admin_token } = platform.demo;
  const headers = { authorization: `Bearer ${admin_token}`, 'content-type': 'application/json', ...(seen && { 'if-match': `"${seen}"` }) };
  const answer = await fetch(`${admin_url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

/** An API whose document asks for scopes, under a plan that allows two of its three. Returns where it is called. */
async function publish() {
  const scopes = { 'tides:read': 'Read the tide tables.', 'tides:write': 'Correct a tide.', 'tides:admin': 'Everything.' };
  const flow = { authorizationUrl: 'https://x.example/a', tokenUrl: 'https://x.example/t', scopes };
  const operation = (operationId, scope) => ({ operationId, security: [{ login: [scope] }], responses: { 200: { description: 'Done' } } });
  const document = {
    openapi: '3.1.0', info: { title: 'Tides', version: '1.0.0' }, servers: [{ url: upstream.url }],
    components: { securitySchemes: { login: { type: 'oauth2', flows: { authorizationCode: flow } } } },
    paths: { '/tides': { get: operation('listTides', 'tides:read'), post: operation('setTide', 'tides:write') }, '/all': { get: operation('all', 'tides:admin') } },
  };
  const { version } = await admin('POST', '/imports', { document: JSON.stringify(document) });
  await admin('POST', `/versions/${version.id}/publish`, {}, version.version);
  const { items } = await admin('GET', `/policies?scope=version&scope_id=${version.id}`);
  for (const { id, version: seen } of items) await admin('DELETE', `/policies/${id}`, undefined, seen);
  await admin('POST', '/policies', { kind: 'oauth2', scope: 'version', scope_id: version.id, config: { claim_headers: { 'X-Person': 'sub' } } });
  const product = await admin('POST', '/products', { name: 'Tides for pilots', slug: 'tides-for-pilots', visibility: 'public' });
  await admin('PUT', `/products/${product.id}/items/${version.id}`, {});
  const plan = { name: 'Pilot', slug: 'pilot', approval: 'instant', scopes: ['tides:read', 'tides:write'] };
  const { id: planId } = await admin('POST', `/products/${product.id}/plans`, plan);
  const { version: seen } = await admin('GET', `/products/${product.id}`);
  await admin('POST', `/products/${product.id}/publish`, {}, seen);
  const base = `${platform.demo.gateway_url}${version.base_path}`;
  return { base, planId };
}

/** What the gateway says to a token. */
async function call(token, path = '/tides', method = 'GET') {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`${endpoint.base}${path}`, { method, headers });
  const text = await answer.text();
  const code = answer.ok ? null : JSON.parse(text).code;
  return { status: answer.status, code, challenge: answer.headers.get('www-authenticate') };
}

const works = (token) => until(() => call(token), ({ status }) => status === 200, { within: 5_000, what: 'a token that opens' });
/** Refused within a second, as the standard has it. */
const refused = async (token, code) => {
  const answer = await until(() => call(token), ({ status }) => status === 401, { what: 'a token that is refused' });
  assert.equal(answer.code, code);
  assert.equal(answer.challenge, 'Bearer error="invalid_token"');
};

/** Makes a client in the portal; `secret` is null for one that has none. */
async function makeClient(person, application, { label, kind, back = '' }) {
  const { page } = person;
  await page.goto(application);
  await page.locator('main').getByRole('link', { name: 'New OAuth client' }).click();
  await page.getByLabel('Label').fill(label);
  await page.getByLabel(kind).check();
  await page.getByLabel(/^Return addresses/).fill(back);
  await accessible(page);
  await page.getByRole('button', { name: 'Make the client' }).click();
  await page.locator('main table').waitFor();
  const text = await page.locator('main').innerText();
  const secret = text.match(/gh_oauth_[0-9A-Za-z]{30,}/)?.[0] ?? null;
  return { client: { client_id: text.match(/ghc_[0-9A-Za-z]{16}/)[0] }, secret };
}

/** An application of the developer's under the plan, with both kinds of clients. */
let made;
test('a developer makes clients in the portal', async () => {
  const { demo } = platform;
  const noor = await visit(browser, { session, expected: [422] });
  const application = await developer.makeApplication(noor, demo, { name: APPLICATION, description: 'Knows the water.' });
  await admin('POST', '/subscriptions', { application_id: application.split('/').pop(), plan_id: endpoint.planId });

  await noor.page.goto(`${application}/clients/new`);
  await noor.page.getByLabel('Label').fill('Wrong');
  await noor.page.getByLabel(/^Return addresses/).fill('http://elsewhere.example/back');
  await noor.page.getByRole('button', { name: 'Make the client' }).click();
  await noor.page.locator('main [role=alert]').first().waitFor();

  const service = await makeClient(noor, application, { label: 'Night job', kind: /On a server/ });
  assert.match(service.secret, /^gh_oauth_/);
  const pilot = await makeClient(noor, application, { label: 'Pilot app', kind: /In a browser/, back: app.url });
  assert.equal(pilot.secret, null);
  await noor.page.goto(application);
  assert.equal(await noor.page.getByText('OAuth client', { exact: true }).count(), 2, 'both are among the credentials');
  assert.ok(!(await noor.page.content()).includes(service.secret), 'the secret was shown once');
  made = { application, service, pilot };
  untroubled(noor);
  await noor.close();
});

test('a program gets a token for itself', async () => {
  const { client, secret } = made.service;
  const proof = oauth.ClientSecretBasic(secret);
  const ask = async (scope) => {
    const answer = await oauth.clientCredentialsGrantRequest(server, client, proof, new URLSearchParams({ scope }), INSECURE);
    return oauth.processClientCredentialsResponse(server, client, answer);
  };
  const { access_token: token, expires_in: seconds, scope } = await ask('tides:read');
  assert.deepEqual([seconds, scope], [900, 'tides:read']);
  await works(token);
  const post = await call(token, '/tides', 'POST');
  assert.deepEqual([post.status, post.code], [403, 'scope_missing']);
  assert.equal(post.challenge, 'Bearer error="insufficient_scope", scope="tides:write"');
  assert.equal((await call((await ask('tides:write')).access_token, '/tides', 'POST')).status, 200);
  assert.equal((await call(null)).challenge, 'Bearer');
  await assert.rejects(ask('tides:admin'), (error) => error.error === 'invalid_scope' && error.status === 400);

  const asked = await oauth.introspectionRequest(server, client, proof, token, INSECURE);
  const told = await oauth.processIntrospectionResponse(server, client, asked);
  assert.deepEqual([told.active, told.client_id, told.scope], [true, client.client_id, 'tides:read']);
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, proof, token, INSECURE));
  await refused(token, 'credential_revoked');
  const wrong = oauth.ClientSecretPost('gh_oauth_guessed');
  const denied = await oauth.clientCredentialsGrantRequest(server, client, wrong, {}, INSECURE);
  await assert.rejects(oauth.processClientCredentialsResponse(server, client, denied), (error) => error.error === 'invalid_client');
});

/** The way of a person through the consent page; what the library makes of the answer. */
async function consent(person, press, { scope = 'tides:read', look, proving = {} } = {}) {
  const { client } = made.pilot;
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const address = new URL(server.authorization_endpoint);
  const asked = {
    client_id: client.client_id, redirect_uri: app.url, response_type: 'code', scope, state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  await person.page.goto(address.href);
  if (look) await look(person.page);
  await person.page.getByRole('button', { name: press }).click();
  await person.page.waitForURL((url) => url.href.startsWith(app.url));
  const answer = oauth.validateAuthResponse(server, client, new URL(person.page.url()), state);
  const redeem = () => oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, app.url, verifier, { ...INSECURE, ...proving })
    .then((response) => oauth.processAuthorizationCodeResponse(server, client, response));
  return { redeem };
}

const isInvalidGrant = (error) => error.error === 'invalid_grant' && error.status === 400;

test('a person consents, and the token is refreshed until one comes twice', async () => {
  const { client } = made.pilot;
  const kim = await visit(browser, { session });
  const look = async (page) => {
    await page.getByRole('heading', { name: `Let ${APPLICATION} act for you?`, level: 1 }).waitFor();
    assert.ok(await page.getByText('Read the tide tables.').isVisible(), 'the document explains the scope');
    for (const way of ['light', 'dark', 'phone']) {
      await turn(page, way);
      await accessible(page);
      await noSidewaysScroll(page);
      await picture(page, 'portal-consent', way);
    }
    await turn(page, 'light');
  };
  const { redeem } = await consent(kim, 'Allow', { look });
  const tokens = await redeem();
  await works(tokens.access_token);
  assert.match(upstream.calls.at(-1).headers['x-person'], /^[0-9a-f-]{36}$/, 'the upstream knows the person');
  assert.equal(upstream.calls.at(-1).headers.authorization, undefined, 'and not the token');

  const refresh = (token) => oauth.refreshTokenGrantRequest(server, client, oauth.None(), token, INSECURE)
    .then((response) => oauth.processRefreshTokenResponse(server, client, response));
  const next = await refresh(tokens.refresh_token);
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  await works(next.access_token);
  await assert.rejects(refresh(tokens.refresh_token), isInvalidGrant);
  await refused(next.access_token, 'credential_revoked');
  await assert.rejects(refresh(next.refresh_token), isInvalidGrant);
  untroubled(kim);
  await kim.close();
});

/** What the gateway says to a token that is bound to a key, which is proven. */
async function callProving(token, DPoP) {
  const url = new URL(`${endpoint.base}/tides`);
  const options = { ...INSECURE, DPoP };
  const answer = await oauth.protectedResourceRequest(token, 'GET', url, new Headers(), null, options).catch((error) => error.response);
  await answer.text();
  return answer.status;
}

test('a token that is bound to a key is of no use without it', async () => {
  const { client, secret } = made.service;
  const key = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
  const asked = await oauth.clientCredentialsGrantRequest(server, client, oauth.ClientSecretBasic(secret), { scope: 'tides:read' }, { ...INSECURE, DPoP: key });
  const given = await oauth.processClientCredentialsResponse(server, client, asked);
  assert.equal(given.token_type, 'dpop');
  const opens = () => callProving(given.access_token, key);
  await until(opens, (status) => status === 200, { within: 5_000, what: 'a bound token that opens' });
  assert.equal(upstream.calls.at(-1).headers.dpop, undefined, 'the proof stays here');
  const bare = await call(given.access_token);
  assert.deepEqual([bare.status, bare.code], [401, 'token_invalid']);
  assert.match(bare.challenge, /^DPoP error="invalid_token", algs="ES256 /);
  const other = oauth.DPoP(client, await oauth.generateKeyPair('EdDSA'));
  assert.equal(await callProving(given.access_token, other), 401);
});

test('a program without a secret refreshes with its key only', async () => {
  const { client } = made.pilot;
  const kim = await visit(browser, { session });
  const key = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
  const { redeem } = await consent(kim, 'Allow', { proving: { DPoP: key } });
  const tokens = await redeem();
  assert.equal(tokens.token_type, 'dpop');
  const refresh = (proving) => oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token, { ...INSECURE, ...proving })
    .then((response) => oauth.processRefreshTokenResponse(server, client, response));
  await assert.rejects(refresh({}), isInvalidGrant);
  const next = await refresh({ DPoP: key });
  const opens = () => callProving(next.access_token, key);
  await until(opens, (status) => status === 200, { within: 5_000, what: 'a bound token that opens' });
  await kim.close();
});

test('a code is good once', async () => {
  const kim = await visit(browser, { session });
  const { redeem } = await consent(kim, 'Allow');
  const { access_token: token } = await redeem();
  await works(token);
  await assert.rejects(redeem(), isInvalidGrant);
  await refused(token, 'credential_revoked');
  await kim.close();
});

test('a person says no, and takes back what was allowed', async () => {
  const { demo } = platform;
  const kim = await visit(browser, { session });
  await assert.rejects(consent(kim, 'Refuse'), (error) => error.error === 'access_denied');
  const { redeem } = await consent(kim, 'Allow', { scope: 'tides:read tides:write' });
  const { access_token: token } = await redeem();
  await works(token);
  await kim.page.goto(`${demo.portal_url}/account/authorisations`);
  assert.ok(await kim.page.getByRole('row', { name: new RegExp(APPLICATION) }).getByText('tides:read tides:write').isVisible());
  await accessible(kim.page);
  await kim.page.getByRole('button', { name: `Withdraw ${APPLICATION}` }).click();
  await kim.page.getByText('It is withdrawn').waitFor();
  await refused(token, 'credential_revoked');
  untroubled(kim);
  await kim.close();
});

test('nobody is sent where the client did not ask to', async () => {
  const kim = await visit(browser, { session, expected: [400] });
  const address = new URL(server.authorization_endpoint);
  address.searchParams.set('client_id', made.pilot.client.client_id);
  address.searchParams.set('redirect_uri', `${app.url}/else`);
  const answer = await kim.page.goto(address.href);
  assert.equal(answer.status(), 400);
  await kim.page.getByRole('heading', { name: 'This link does not work' }).waitFor();
  await kim.close();
});

test('a revoked client stops at once', async () => {
  const kim = await visit(browser, { session });
  const { redeem } = await consent(kim, 'Allow');
  const { access_token: token } = await redeem();
  await works(token);
  const { page } = kim;
  await page.goto(made.application);
  await page.locator('main').getByRole('link', { name: 'Rotate or revoke Pilot app' }).click();
  await page.getByLabel(/^Type the last four characters/).fill(made.pilot.client.client_id.slice(-4));
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await page.getByText('The key is revoked').waitFor();
  await refused(token, 'credential_revoked');
  untroubled(kim);
  await kim.close();
});
