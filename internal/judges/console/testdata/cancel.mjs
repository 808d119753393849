// Jobs are cancelled, a page of them that are ticked, and then all that fit the
// filters.
import assert from 'node:assert/strict';
import { run, settings, signIn } from './visit.mjs';

const pageSize = 100;

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/console/jobs');
  await signIn(page);
  await page.getByText(`page 1, ${pageSize} jobs`).waitFor();

  // A page of them is ticked and cancelled.
  await page.getByRole('checkbox', { name: 'Tick all of this page' }).check();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  const question = page.getByRole('dialog');
  await question.getByRole('heading', { name: `Cancel: ${pageSize} jobs?` }).waitFor();
  await ann.judge('list-question');
  await question.getByRole('button', { name: 'Cancel them' }).click();
  await ann.heard(/100 jobs cancelled/);
  const cancelled = page.locator('tbody tr').getByText('CANCELED', { exact: true });
  await cancelled.nth(pageSize - 1).waitFor();
  assert.equal(await cancelled.count(), pageSize);
  await ann.judge('list-cancelled');

  // Then all that still wait: how many is asked first.
  await page.getByRole('group', { name: 'Status' }).getByText('queued', { exact: true }).click();
  await cancelled.first().waitFor({ state: 'hidden' });
  await page.getByText(`page 1, ${pageSize} jobs`).waitFor();
  await page.getByText('All that fit the filters').click();
  await page.getByRole('button', { name: /^Cancel all/ }).click();
  await question.getByRole('heading', { name: /Cancel: 9\D?900 jobs\?/ }).waitFor();
  await question.getByRole('button', { name: 'Cancel them' }).click();
  await ann.heard(/9\D?900 jobs cancelled/);
  await page.getByText(/^(None among those that were looked at|No job fits these filters)/).waitFor();
  const usage = await (await fetch(`${settings.server}/usage`, { headers: { 'x-api-key': settings.key } })).json();
  assert.equal(usage.queued, 0, 'jobs that still wait');
});
