// Two tabs of one browser: what is done in one is seen in the other, and each has
// a session of its own.
import assert from 'node:assert/strict';
import { ask, job, run, settings, signIn, submit } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const first = ann.page;
  await first.goto('/');
  await signIn(first, { keep: true });
  await submit(first, { tool: settings.tool, text: 'one' });
  await job(first, 'queued');
  const id = await first.locator('article.job .id code').first().innerText();

  const second = await ann.context.newPage();
  await second.goto(`/console/jobs/${id}`);
  await signIn(second, { keep: true });
  await job(second, 'queued');
  await second.getByRole('button', { name: 'Cancel' }).click();
  await Promise.all([first, second].map((page) => page.getByText('CANCELED').first().waitFor()));
  await Promise.all([job(first, 'failed'), job(second, 'failed')]);
  await ann.heard(/has failed/, first);

  // Bob signs in where Ann was: nothing of hers is shown, and her job is not his.
  await second.getByRole('button', { name: 'Sign out' }).click();
  await signIn(second, { key: settings.bob });
  await second.getByText('Access denied').waitFor();
  assert.equal(await second.getByText('test-only').count(), 0);
  await first.bringToFront();
  await first.getByRole('button', { name: 'Run again' }).click();
  await job(first, 'queued');
  await ask('take');
  await ask('finish');
  await job(first, 'success');

  // Signed out in the second, still signed in in the first.
  await second.getByRole('button', { name: 'Sign out' }).click();
  await second.getByLabel('API key').waitFor();
  await first.reload();
  await job(first, 'success');
});
