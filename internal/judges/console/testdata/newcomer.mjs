// A new user: signs in, hands in a document that is not JSON, sees where, mends
// it, fetches what came of it, and takes the lines that do the same along.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { job, run, signIn, submit } from './visit.mjs';

const broken = '{\n  "name": "Ann",\n  "friends": ["Bob" "Eve"]\n}';
const mended = broken.replace('"Bob" "Eve"', '"Bob", "Eve"');

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/');
  await signIn(page);
  await page.getByRole('heading', { name: 'Submit work' }).waitFor();
  await page.getByLabel('Tool', { exact: true }).selectOption('json-formatter');
  await ann.judge('submit');

  // A range is checked as one types, before anything is sent.
  const spaces = page.getByLabel('x-tab-space');
  await spaces.fill('17');
  await page.getByText('A whole number from 0 to 16.').waitFor();
  await ann.judge('submit-wrong');
  await spaces.fill('2');

  // It fails, and the page shows where.
  await submit(page, { tool: 'json-formatter', text: broken });
  await job(page, 'failed');
  await page.getByText('JSON validation failed.').first().waitFor();
  await page.getByText('INVALID_JSON').first().waitFor();
  const caret = page.getByRole('region', { name: /The input at line 3/ });
  await caret.waitFor();
  const [line, pointer] = await caret.evaluate((e) => {
    const failing = e.querySelector('.failing mark').getBoundingClientRect();
    const point = e.querySelector('.pointer .point').getBoundingClientRect();
    return [[failing.left, failing.bottom], [point.left, point.top]];
  });
  assert.ok(Math.abs(line[0] - pointer[0]) < 2 && pointer[1] >= line[1] - 2, `the caret is at ${pointer}, the letter at ${line}`);
  await ann.heard(/has failed/);
  await ann.judge('failed');

  // Mended, it succeeds.
  await page.getByLabel('Text', { exact: true }).last().fill(mended);
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await job(page, 'success');
  await ann.heard(/has succeeded/);
  await page.getByRole('region', { name: 'Preview' }).getByText('"Eve"').waitFor();
  await ann.judge('succeeded');

  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download' }).click();
  const download = await coming;
  assert.match(download.suggestedFilename(), /^json_formatter_[0-9a-f]+\.json$/);
  const text = await readFile(await download.path(), 'utf8');
  assert.deepEqual(JSON.parse(text), JSON.parse(mended));
  assert.ok(text.includes('\n    "Bob"'), `laid out by two: ${text}`);

  // The lines for programs are for what was sent, without the key.
  for (const [tab, part] of [['curl', '/json-formatter-api'], ['Python', 'requests.post'], ['JavaScript', 'fetch(']]) {
    await page.getByRole('tab', { name: tab }).click();
    const lines = await page.getByRole('tabpanel').innerText();
    assert.ok(lines.includes(part) && lines.includes('x-tab-space') && lines.includes('respond-async'), `${tab}: ${lines}`);
    assert.ok(!lines.includes(ann.key), `${tab} has the key`);
  }

  // By its address the job is there for whoever may see it, and nobody else.
  const id = await page.locator('article.job .id code').first().innerText();
  await page.goto(`/console/jobs/${id}`);
  await signIn(page);
  await job(page, 'success');
  await ann.judge('job');

  await page.getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('dialog');
  await question.getByText('There is no way back.').waitFor();
  await ann.judge('job-delete');
  await question.getByRole('button', { name: 'Leave it' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await question.getByRole('button', { name: 'Delete it' }).click();
  await page.waitForURL('**/console/jobs');
  await page.goto(`/console/jobs/${id}`);
  await signIn(page);
  await page.getByText('This job is not here.').waitFor();
  await ann.judge('job-gone');
});
