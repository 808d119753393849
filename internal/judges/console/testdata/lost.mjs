// The line is cut while a job is watched, and while one is handed in.
import assert from 'node:assert/strict';
import { ask, job, jobs, run, settings, signIn, submit } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/');
  await signIn(page);
  await submit(page, { tool: settings.tool, text: 'one' });
  await ask('take');
  await job(page, 'processing');

  await ask('cut');
  await page.getByText('The connection is lost.').waitFor();
  await ann.judge('lost');
  await ask('mend');
  await page.getByRole('button', { name: 'Try now' }).click({ timeout: 2000 }).catch(() => {}); // it may have come back by itself
  await page.getByText('The connection is lost.').waitFor({ state: 'hidden' });
  await ask('half');
  await page.getByText('50 %').first().waitFor();
  await ask('finish');
  await job(page, 'success');
  await ann.heard(/has succeeded/);

  // Handed in while the line is down: said, sent again, and one job.
  await ask('cut');
  await page.getByLabel('Text', { exact: true }).last().fill('two');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByText(/Sending again/).waitFor();
  await ask('mend');
  await job(page, 'queued');
  assert.equal((await jobs()).length, 2, 'jobs');
  await ask('take');
  await ask('finish');
  await job(page, 'success');
});
