// Webhooks: made, tested, its deliveries looked at and sent again, given a new
// secret, removed. And what is used.
import assert from 'node:assert/strict';
import { ask, run, settings, signIn } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/console/webhooks');
  await signIn(page);
  await page.getByText('No endpoints yet.').waitFor();
  await page.getByLabel('Address').fill('ftp://x');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('must begin with https:// or http://').waitFor();
  await page.getByLabel('Address').fill(settings.receiver);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const shown = page.getByRole('dialog');
  const secret = await shown.locator('code.secret').innerText();
  assert.match(secret, /^whsec_/);
  await ann.judge('webhook-secret');
  await shown.getByRole('button', { name: 'I have it' }).click();
  await shown.waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes(secret), 'the secret is still in the page');

  const endpoint = page.getByRole('region', { name: new RegExp(`^Endpoint ${settings.receiver}`) });
  await endpoint.getByRole('button', { name: 'Send a test' }).click();
  const id = await ask('called');
  assert.match(id, /^[\w-]{10,}$/, id);
  await endpoint.getByText('delivered').waitFor();
  await endpoint.getByText('200').waitFor();
  await ann.judge('webhooks');
  await endpoint.getByRole('button', { name: /^Send again: webhook.test/ }).click();
  assert.equal(await ask('called'), id, 'sent again: the same delivery');

  await endpoint.getByRole('button', { name: 'New secret' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make a new secret' }).click();
  const next = page.getByRole('dialog', { name: 'The new secret' });
  assert.notEqual(await next.locator('code.secret').innerText(), secret);
  await next.getByRole('button', { name: 'I have it' }).click();

  await endpoint.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
  await page.getByText('No endpoints yet.').waitFor();

  await page.getByRole('link', { name: 'Usage' }).click();
  await page.getByRole('heading', { name: 'Jobs this month' }).waitFor();
  await ann.judge('usage');
});
