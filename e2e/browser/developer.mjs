// What a developer does in the portal, by the words on its pages. Works with and without scripts.
import assert from 'node:assert/strict';

const main = (page) => page.locator('main');

/** Asks for an account; the mail with the link is on its way then. */
export async function signUp({ page }, { portal_url }, { name, email, password }) {
  await page.goto(`${portal_url}/`);
  await page.getByRole('link', { name: 'Create an account' }).first().click();
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
}

/** Opens the link from the mail and presses its button. */
export async function verify({ page }, link) {
  await page.goto(link);
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await main(page).getByText('Your address is confirmed').waitFor();
}

export async function signIn({ page }, { portal_url }, { email, password }) {
  await page.goto(`${portal_url}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await main(page).getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Applications', level: 1 }).waitFor();
}

/** Makes an application and returns its address. */
export async function makeApplication({ page }, { portal_url }, { name, description }) {
  await page.goto(`${portal_url}/applications`);
  await main(page).getByRole('link', { name: /^(New|Make an) application$/ }).first().click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('What it is for').fill(description);
  await page.getByRole('button', { name: 'Make the application' }).click();
  await main(page).getByText('The application is made').waitFor();
  return page.url().replace(/\?.*/, '');
}

/** From the catalogue to a request for a plan. Ends on the page that the request leads to. */
export async function subscribe({ page }, { portal_url }, { api, plan, application }) {
  await page.goto(`${portal_url}/`);
  await main(page).getByRole('link', { name: api, exact: true }).first().click();
  await main(page).getByRole('link', { name: new RegExp(`^(Start|Ask for it): ${plan}$`) }).click();
  assert.ok(await page.getByRole('radio', { name: plan }).isChecked(), `${plan} is chosen`);
  await page.getByLabel('Application', { exact: true }).selectOption({ label: application });
  await main(page).getByRole('button', { name: /^(Get access|Send the request)$/ }).click();
  await page.waitForURL((url) => !url.pathname.endsWith('/subscribe'));
}

/** Sends the call of an operation from its page, with the examples that are there, and waits for a good answer. */
export async function tryIt({ page }, { portal_url }, { api, operation, application }) {
  await page.goto(`${portal_url}/apis/${api}/operations/${operation}`);
  await page.waitForLoadState('networkidle');
  const form = page.getByRole('region', { name: 'Try it' });
  const options = form.getByLabel('As application').locator('option', { hasText: application });
  await form.getByLabel('As application').selectOption(await options.first().getAttribute('value'));
  await form.getByRole('button', { name: 'Send', exact: true }).click();
  await form.locator('.http', { hasText: '200' }).waitFor();
}

/** Asks for another plan on the page of a subscription, and comes back to it. */
export async function changePlan({ page }, application, { product, plan }) {
  await page.goto(`${application}/subscriptions`);
  await main(page).getByRole('link', { name: product }).click();
  const subscription = page.url();
  await main(page).getByRole('link', { name: 'Change the plan' }).click();
  await page.getByRole('radio', { name: plan }).check();
  await main(page).getByRole('button', { name: `Change to ${plan}` }).click();
  await page.waitForURL(subscription);
}

/** Makes a key and returns it: this is the only page that shows it. */
export async function makeKey({ page }, application, label) {
  await page.goto(application);
  await page.getByLabel('Label').fill(label);
  await page.getByRole('button', { name: 'Make the key' }).click();
  return shownOnce(page, application);
}

/** Replaces a key, which stops after `overlap`. Returns the new one. */
export async function rotate({ page }, application, { label, overlap }) {
  await openKey(page, application, `Rotate or revoke ${label}`);
  await page.getByLabel('The old key is taken for').selectOption({ label: overlap });
  await page.getByRole('button', { name: 'Make the new key' }).click();
  return shownOnce(page, application);
}

/** Takes a replaced key back, after typing its last four characters. */
export async function revoke({ page }, application, { label, key }) {
  await openKey(page, application, `Extend or stop ${label}`);
  const typed = page.getByLabel(/^Type the last four characters/);
  await typed.fill('nope');
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await main(page).getByText('must be the last four characters').first().waitFor();
  await typed.fill(key.slice(-4));
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await main(page).getByText('The key is revoked').waitFor();
}

async function openKey(page, application, name) {
  await page.goto(application);
  await main(page).getByRole('link', { name }).click();
}

async function shownOnce(page, application) {
  const plate = main(page).getByRole('region', { name: 'Your new key' });
  const key = await plate.locator('.secret code').textContent();
  assert.match(key, /^gh_[a-z]+_[0-9A-Za-z]{30,}$/);
  const { pathname } = new URL(application);
  const again = await page.request.get(new URL(pathname, application).href);
  assert.ok(!(await again.text()).includes(key), 'the key is shown once');
  return key;
}
