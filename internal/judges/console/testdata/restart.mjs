// The server is killed and started again while a job is watched and a form is
// being filled in.
import assert from 'node:assert/strict';
import { ask, job, run, settings, signIn, submit } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/');
  await signIn(page);
  await submit(page, { tool: settings.tool, text: 'one' });
  await job(page, 'queued');
  await page.getByLabel('Text', { exact: true }).last().fill('half of what is to be');

  await ask('kill');
  await page.getByText(/The connection is lost\.|The server cannot answer now\./).first().waitFor(); // or a proxy says so
  await ask('start');
  await page.getByText(/The connection is lost\.|The server cannot answer now\./).first().waitFor({ state: 'hidden' });
  assert.equal(await page.getByLabel('Text', { exact: true }).last().inputValue(), 'half of what is to be', 'the form');
  await job(page, 'queued');
  await ask('take');
  await job(page, 'processing');

  // Once more while it runs: the lease is the worker's, and the job goes on.
  await ask('restart');
  await ask('finish');
  await job(page, 'success');
  await ann.heard(/has succeeded/);
});
