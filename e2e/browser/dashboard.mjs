// What the platform team does in the dashboard, by the words on its pages.
import assert from 'node:assert/strict';

/** The main part of a page: what is found here is not the frame's. */
const main = (page) => page.locator('#main');

/** Waits for the short message that says that something was done, and puts it away. */
async function told(page, words) {
  const toast = page.locator('#toasts .toast', { hasText: words });
  await toast.getByRole('button', { name: 'Close' }).click();
  await toast.waitFor({ state: 'detached' });
}

export async function signIn({ page }, { admin_url, admin_email, admin_password }) {
  await page.goto(`${admin_url}/`);
  await page.getByLabel('E-mail').fill(admin_email);
  await page.getByLabel('Password', { exact: true }).fill(admin_password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** Pastes a document and stops at its preview. */
export async function paste({ page }, { admin_url }, text) {
  await page.goto(`${admin_url}/apis`);
  await main(page).getByRole('link', { name: /Import/ }).first().click();
  await page.getByLabel('The document itself').fill(text);
  await page.getByRole('button', { name: 'Read the document' }).click();
  await page.getByRole('heading', { name: 'Operations become routes' }).waitFor();
}

/** From the preview to a version on the gateway. */
export async function publish({ page }, { name, routes }) {
  await page.getByRole('button', { name: 'Create as a draft' }).click();
  await told(page, `Created ${name}`);
  await main(page).getByText('is a draft.').waitFor();
  assert.equal(await main(page).locator('dt:text-is("Routes") + dd').textContent(), String(routes));
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await told(page, 'is published');
  await main(page).locator('h1 ~ .state', { hasText: 'Published' }).waitFor();
}

/** Makes a product that holds one API. Returns with its page open. */
export async function offer({ page }, { admin_url }, { product, api }) {
  await page.goto(`${admin_url}/products`);
  await main(page).getByRole('link', { name: 'New product' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill(product);
  await page.getByLabel('In a sentence').fill('Tides for every port.');
  await page.getByLabel('Everybody').check();
  await page.getByLabel('API', { exact: true }).selectOption({ label: api });
  await page.getByRole('button', { name: 'Make the product' }).click();
  await told(page, `Made the product ${product}`);
}

/** Makes a plan of the product whose page is open, and comes back to that page. */
export async function plan({ page }, { name, approval, minute, month, question }) {
  const back = page.url();
  await main(page).getByRole('link', { name: 'New plan' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Calls in each minute').fill(String(minute));
  if (month) {
    await page.getByLabel('Calls', { exact: false }).and(page.locator('[name=quota]')).fill(String(month));
    await page.getByLabel('In each', { exact: true }).selectOption('month');
  }
  await page.getByLabel(approval).check();
  if (question) {
    await page.getByLabel('Question 1').fill(question);
    await page.locator('[name="questions/0/required"]').check();
  }
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await told(page, `Made the plan ${name}`);
  await page.goto(back);
}

/** Puts the product whose page is open on offer. */
export async function putOnOffer({ page }, product) {
  await page.getByRole('button', { name: 'Put it on offer' }).click();
  await told(page, `${product} is on offer now`);
}

/** The link in the newest mail to an address, as it is passed on by hand where mail is not set up. */
export async function mailedLink({ page }, { admin_url }, { to, about }) {
  await page.goto(`${admin_url}/outbox`);
  await page.getByRole('row').filter({ hasText: to }).filter({ hasText: about }).getByRole('link').first().click();
  return main(page).getByRole('region', { name: 'Link' }).locator('code').first().textContent();
}

/** Approves the request of an application in the inbox. */
export async function approve({ page }, { admin_url }, { application, note }) {
  await page.goto(`${admin_url}/approvals`);
  await main(page).getByRole('link', { name: application, exact: true }).click();
  const opened = main(page).getByRole('complementary', { name: application });
  await opened.getByLabel('Reason').fill(note);
  await opened.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await told(page, 'Approved');
}

/** Suspends the subscription of an application, after the page that asks. */
export async function suspend({ page }, { admin_url }, { application, reason }) {
  await page.goto(`${admin_url}/subscriptions?q=${encodeURIComponent(application)}`);
  await main(page).getByRole('link', { name: application, exact: true }).click();
  await main(page).getByRole('link', { name: 'Suspend' }).click();
  await page.getByLabel('Reason').fill(reason);
  await page.getByRole('button', { name: 'Suspend it' }).click();
  await told(page, 'Suspended');
}

/** Declares an upstream and changes it otherwise, so that the page of the configuration has something to tell. */
export async function drift({ page }, { admin_url }) {
  const declare = async (head, name) => {
    const text = `gatehouse: 1\n${head}upstreams: [{ slug: kept-in-a-file, name: ${name}, targets: [{ url: "https://example.com" }] }]\n`;
    const answer = await page.request.post(`${admin_url}/api/v1/config`, { data: text, headers: { 'content-type': 'application/yaml' } });
    if (!answer.ok()) throw new Error(await answer.text());
  };
  await declare('tag: pages\n', 'As declared');
  await declare('', 'As changed');
  await page.goto(`${admin_url}/configuration`);
  await page.getByRole('button', { name: 'Check now' }).click();
  await told(page, '1 declaration differs');
}
