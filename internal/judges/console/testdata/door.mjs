// Before the first page: keys that are not taken, one that is, where it is kept.
import assert from 'node:assert/strict';
import { run, settings, signIn } from './visit.mjs';

/** Everything of the browser that a page can keep something in. */
const kept = (page) => page.evaluate(() => JSON.stringify([location.href, document.cookie, { ...localStorage }, { ...sessionStorage }, history.state]));

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/');
  await page.waitForURL('**/console/');
  await page.getByRole('heading', { name: 'claimcheck' }).waitFor();
  await ann.judge('door');

  // What is no key at all is said without asking the server.
  const before = ann.requests.length;
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Please enter a key.').waitFor();
  assert.equal(ann.requests.length, before, 'an empty key is not sent');

  await page.getByLabel('API key').fill('cc_0000000000000000000000000000000000000000000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('No key like this').waitFor();
  await page.getByRole('alert').getByText('UNAUTHORIZED').waitFor();
  await ann.judge('door-refused');

  await page.getByLabel('API key').fill(settings.expired);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('or has expired').waitFor();

  await signIn(page);
  await page.getByText(settings.owner, { exact: true }).waitFor();
  assert.ok(!(await kept(page)).includes(settings.key), 'a key that is not to be kept is in the browser');

  // Not kept: whoever loads the page again signs in again, and is where they wanted to be.
  await page.goto('/console/usage');
  await signIn(page, { keep: true });
  await page.getByRole('heading', { name: 'Usage' }).waitFor();
  const where = JSON.parse(await kept(page));
  assert.deepEqual(Object.values(where[3]), [settings.key], 'a key that is to be kept is in sessionStorage');
  where[3] = null;
  assert.ok(!JSON.stringify(where).includes(settings.key), 'a kept key is elsewhere as well');

  // Kept: a new load of the page does not ask, another tab does.
  await page.reload();
  await page.getByRole('heading', { name: 'Usage' }).waitFor();
  const other = await ann.context.newPage();
  await other.goto('/console/usage');
  await other.getByLabel('API key').waitFor();
  await other.close();

  // What programs can ask is a link away, and back again.
  await page.getByRole('link', { name: 'API', exact: true }).click();
  await page.getByRole('heading', { name: '/jobs/{job_id}/events' }).waitFor();
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).display), 'grid', 'the policy lets the style in');
  await ann.judge('docs');
  await page.getByRole('link', { name: 'the console' }).click();
  await page.goto('/console/usage');
  await page.getByRole('heading', { name: 'Usage' }).waitFor();

  // Signed out: it is gone.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
  assert.ok(!(await kept(page)).includes(settings.key), 'the key is kept after signing out');
  assert.ok(ann.requests.every((r) => !r.path.includes(settings.key)), 'the key is in an address');
});
