// The key ends under the page: it says so, asks for another, and what was typed
// in is still there.
import assert from 'node:assert/strict';
import { ask, job, run, settings, signIn, submit } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/');
  await signIn(page, { keep: true });
  await submit(page, { tool: settings.tool, text: 'one' });
  await job(page, 'queued');
  await page.getByLabel('Text', { exact: true }).last().fill('two');
  await ask('revoke');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByText('it was revoked or has expired').waitFor();
  await ann.judge('ended');
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'the ended key is kept');

  // The dialog stays, also after Escape and another key that is not known.
  await page.keyboard.press('Escape');
  await again.getByLabel('API key').fill(settings.key);
  await page.keyboard.press('Enter');
  await again.getByText('No key like this').waitFor();
  await again.getByLabel('API key').fill(settings.other);
  await again.getByRole('button', { name: 'Go on' }).click();
  await again.waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Text', { exact: true }).last().inputValue(), 'two', 'the form');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await job(page, 'queued');
  for (const [lease] of [[1], [2]]) {
    await ask('take');
    await ask('finish');
    assert.ok(lease);
  }
  await job(page, 'success');
});
