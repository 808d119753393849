// A whole way without a pointer: only keys are pressed, and each element that has
// the focus can be seen to have it.
import assert from 'node:assert/strict';
import { job, run, settings } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  const at = page.locator(':focus');
  const to = (wanted) => ann.to(wanted);
  await page.goto('/');
  await page.getByLabel('API key').waitFor();
  await to(page.getByLabel('API key'));
  await page.keyboard.type(settings.key);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Submit work' }).waitFor();
  await page.getByLabel('Tool', { exact: true }).locator('option', { hasText: 'json-minify' }).waitFor({ state: 'attached' });

  // Past the menu at once.
  await page.evaluate(() => document.activeElement.blur());
  await to(page.getByRole('link', { name: 'To the page’s content' }).or(page.locator('a.skip')));
  await page.keyboard.press('Enter');
  await to(page.getByLabel('Tool', { exact: true }));
  await page.keyboard.type('json-minify');
  await page.waitForFunction(() => document.activeElement.value === 'json-minify');
  await to(page.getByLabel('Text', { exact: true }).last());
  await page.keyboard.type('[1, 2]');
  await to(page.getByRole('radio', { name: 'Wait for the result' }));
  await page.keyboard.press('ArrowRight');
  assert.ok(await page.getByRole('radio', { name: 'As a job' }).isChecked());
  await to(page.getByRole('button', { name: 'Submit', exact: true }));
  await page.keyboard.press('Enter');
  await job(page, 'success');
  await to(page.getByRole('tab', { name: 'curl' }));
  await page.keyboard.press('ArrowRight');
  assert.equal(await at.innerText(), 'Python');
  assert.equal(await at.getAttribute('aria-selected'), 'true');

  // The question has the focus, keeps it, gives it back, and Escape means no.
  await to(page.getByRole('button', { name: 'Delete' }));
  await page.keyboard.press('Enter');
  const question = page.getByRole('dialog');
  await question.waitFor();
  for (let i = 0; i < 6; i++) {
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)), 'the focus is outside of the dialog');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  assert.equal(await at.innerText(), 'Delete');
  await job(page, 'success');

  await to(page.getByRole('link', { name: 'Jobs', exact: true }));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
  assert.equal(await at.evaluate((e) => e.tagName), 'H1', 'the focus moves to the new page’s heading');
  await to(page.getByRole('button', { name: 'Sign out' }));
  await page.keyboard.press('Enter');
  await page.getByLabel('API key').waitFor();
});
