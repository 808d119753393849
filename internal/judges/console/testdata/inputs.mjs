// All ways for an input to come in: dropped, uploaded first, fetched from an
// address; and a key that may only look.
import assert from 'node:assert/strict';
import { job, run, settings, signIn } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/');
  await signIn(page);
  const choice = page.getByLabel('Tool', { exact: true });
  await choice.locator('option', { hasText: 'json-minify' }).waitFor({ state: 'attached' });
  await choice.selectOption('json-minify');
  const send = () => page.getByRole('button', { name: 'Submit', exact: true }).click();
  const preview = page.getByRole('region', { name: 'Preview' });

  // A file is dropped, and goes with the request; the result is waited for.
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['[1, "dropped"]'], 'a file.json', { type: 'application/json' }));
    return data;
  });
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped });
  await page.getByText('a file.json').first().waitFor();
  await send();
  await preview.getByText('[1,"dropped"]').waitFor();
  await ann.judge('file');

  // A larger one is uploaded first; what it is called is what the server takes.
  const large = JSON.stringify(Array.from({ length: settings.elements }, (_, i) => i), null, 1);
  await page.locator('input[type=file]').setInputFiles({ name: 'grüße & more.v2.json', mimeType: 'application/json', buffer: Buffer.from(large) });
  await page.getByRole('radio', { name: 'Upload first' }).check({ force: true });
  await page.getByText(/Uploaded as/).waitFor();
  const posts = ann.requests.length;
  await send();
  await preview.getByText('[0,1,2,3').waitFor();
  assert.deepEqual(ann.requests.slice(posts).filter((r) => r.method === 'POST').map((r) => r.path), ['/upload-api', '/uploads', '/json-minify-api']);
  await page.getByRole('tab', { name: 'curl' }).click();
  assert.match(await page.getByRole('tabpanel').innerText(), /upload-api[^]*json-minify-api/);

  // An address, which is judged as one types, and fetched by the job.
  await page.getByRole('radio', { name: 'Address' }).check({ force: true });
  const address = page.getByLabel('Address', { exact: true }).last();
  await address.fill('ftp://example.org/x.json');
  await page.getByText('must begin with https:// or http://').waitFor();
  await address.fill(settings.remote);
  await page.getByRole('radio', { name: 'As a job' }).check({ force: true });
  await send();
  await job(page, 'success');
  await preview.getByText('{"fetched":true}').waitFor();
  await address.fill(settings.missing);
  await send();
  await job(page, 'failed');
  await page.getByText('URL_FETCH_FAILED').first().waitFor();

  // A key that may only look: it is said that it may not, and nothing is lost.
  const guest = await come();
  await guest.page.goto('/');
  await signIn(guest.page, { key: settings.guest });
  await guest.page.getByLabel('Tool', { exact: true }).locator('option', { hasText: 'json-minify' }).waitFor({ state: 'attached' });
  await guest.page.getByLabel('Text', { exact: true }).last().fill('[]');
  await guest.page.getByRole('button', { name: 'Submit', exact: true }).click();
  await guest.page.getByRole('alert').getByText('Key lacks scope submit').waitFor();
  assert.equal(await guest.page.getByLabel('Text', { exact: true }).last().inputValue(), '[]');
  await guest.judge('lacks');
});
