// A file is uploaded straight to a bucket: first the bucket does not let the page
// do that, then it does.
import { ask, run, settings, signIn } from './visit.mjs';

await run(async (come) => {
  const ann = await come({ says: [/CORS policy/] });
  const { page } = ann;
  await page.goto('/');
  await signIn(page);
  const choice = page.getByLabel('Tool', { exact: true });
  await choice.locator('option', { hasText: 'json-minify' }).waitFor({ state: 'attached' });
  await choice.selectOption('json-minify');
  await page.getByRole('radio', { name: 'File' }).check({ force: true });
  await page.locator('input[type=file]').setInputFiles({ name: 'data.json', mimeType: 'application/json', buffer: Buffer.from('[1, 2]') });
  await page.getByRole('radio', { name: 'Upload first' }).check({ force: true });
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByRole('alert').getByText(`The storage at ${new URL(settings.storage).host} cannot be reached, or does not let this page post to it.`).waitFor();
  await ask('allow');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByRole('region', { name: 'Preview' }).getByText('[1,2]').waitFor();
});
