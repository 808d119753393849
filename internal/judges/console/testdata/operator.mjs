// An operator's way: sees how the house fares, stops a tool and lets it go on,
// finds a job of somebody else that failed and hands it in again, makes a key,
// renews it and ends it, reads what was changed; and is signed out when the key ends.
import assert from 'node:assert/strict';
import { ask, run, settings, signIn } from './visit.mjs';

const { ops, failing, texts } = settings;

/** What a key may do, as whoever has it sees it. */
const usage = async (key) => (await fetch(`${settings.server}/usage`, { headers: { 'x-api-key': key } })).status;

await run(async (come) => {
  const olga = await come();
  const { page } = olga;
  const menu = (name) => page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
  const heading = (name) => page.getByRole('heading', { level: 1, name }).waitFor();
  const row = (table, text) => page.getByRole('table', { name: table, exact: true }).getByRole('row').filter({ hasText: text });
  const dialog = page.getByRole('dialog');

  // An operator's key opens the operator's pages, and no other.
  await page.goto('/console/usage');
  await signIn(page, { key: ops });
  await page.waitForURL('**/console/admin');
  await heading('Overview');

  // The plots have data: what is drawn, what is said of it, and the table.
  const flow = page.getByRole('figure').filter({ hasText: 'Jobs a minute' });
  await flow.getByRole('img', { name: /Accepted: [\d.]+ now, at most [1-9]/ }).waitFor();
  const painted = await flow.locator('canvas').evaluate((canvas) => {
    const ink = document.createElement('canvas').getContext('2d');
    ink.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--run');
    ink.fillRect(0, 0, 1, 1);
    const [r, g, b] = ink.getImageData(0, 0, 1, 1).data;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let n = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) n++;
    return n;
  });
  assert.ok(painted > 10, `the line of what was accepted has ${painted} points`);
  await page.locator('.tile').filter({ hasText: 'Accepted' }).getByText(String(settings.accepted), { exact: true }).waitFor();
  await row('Jobs by tool in the last hour, and now', 'json-minify').getByRole('cell', { name: '3', exact: true }).first().waitFor();
  await row('Errors by code in the last hour', 'TEST_FAILED').getByText('100 %').waitFor();
  await row('Busiest owners in the last hour, and now', 'ann').waitFor();
  await page.getByText('Waits longest').waitFor();
  await olga.judge('operator-overview');
  for (const name of ['Jobs a minute', 'Wait before the run', 'Run', 'Commit of the database']) await page.getByRole('button', { name: `Table: ${name}`, exact: true }).click();
  await page.getByRole('table', { name: 'Jobs a minute, newest first' }).getByRole('row').nth(59).waitFor();
  await olga.judge('operator-tables');
  for (const [name, words] of [['Day', 'in the last day'], ['Week', 'in the last week']]) {
    await page.getByRole('radio', { name }).check({ force: true });
    await page.getByText(words, { exact: true }).waitFor();
  }
  await page.goBack();
  await page.getByText('in the last day', { exact: true }).waitFor();

  // A tool is paused: what is handed in waits, until it goes on.
  await menu('Tools');
  await row('Tools', 'json-minify').getByRole('button', { name: 'Pause json-minify' }).click();
  await row('Tools', 'json-minify').getByText('paused').waitFor();
  await row('Tools', 'json-minify').getByText('by ops').waitFor();
  const waiting = await ask('submit');
  await olga.judge('operator-tools');
  await page.goto(`/console/admin/jobs/${waiting}`);
  await signIn(page, { key: ops });
  await page.getByText('tool_paused').waitFor();
  await menu('Tools');
  await row('Tools', 'json-minify').getByRole('button', { name: 'Resume json-minify' }).click();
  await row('Tools', 'json-minify').getByText('active').waitFor();
  await ask('finished');
  // So is an owner; and what waits of a tool is ended, when one has seen how much it is.
  await page.getByLabel('Owner', { exact: true }).fill('ann');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await row('Owners', 'ann').getByText('paused').waitFor();
  const doomed = await ask('submit');
  await row('Tools', 'json-minify').getByRole('button', { name: 'Purge… json-minify' }).click();
  await dialog.getByRole('heading', { name: 'End 1 waiting job of json-minify?' }).waitFor();
  await dialog.getByRole('button', { name: 'End 1 job' }).click();
  await olga.heard(/1 job of json-minify ended/);
  await row('Owners', 'ann').getByRole('button', { name: 'Resume ann' }).click();
  await row('Owners', 'ann').getByText('active').waitFor();

  // What is in trouble comes first, with its attempts.
  const troubled = await ask('fail');
  await menu('Jobs');
  const failingRow = row('Jobs that are failing', troubled);
  await failingRow.getByText('TRY_AGAIN', { exact: true }).waitFor();
  await failingRow.getByText('1 of ').click();
  await failingRow.getByRole('listitem').getByText('TRY_AGAIN').waitFor();
  await olga.judge('operator-trouble');

  // A job of somebody else that failed is found, looked into and handed in again.
  await row('Jobs', doomed).getByText('CANCELED', { exact: true }).waitFor();
  await page.getByLabel('Owner', { exact: true }).fill('ann');
  await page.getByLabel('Error code', { exact: true }).fill('TEST_FAILED');
  await page.getByRole('checkbox', { name: 'failed' }).check();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/admin/jobs?status=failed&error=TEST_FAILED&owner=ann');
  await row('Jobs', 'json-minify').first().waitFor({ state: 'detached' });
  await row('Jobs', 'TEST_FAILED').first().waitFor();
  assert.equal(await row('Jobs', 'TEST_FAILED').count(), 1);
  await olga.judge('operator-jobs');
  await page.getByRole('link', { name: failing }).click();
  await page.getByRole('table', { name: 'Attempts' }).getByRole('row').nth(1).waitFor();
  await page.getByRole('table', { name: 'Metadata' }).getByRole('row').nth(texts.length).waitFor();
  const markup = await page.locator('main').evaluate((main) => [...main.querySelectorAll('img, script, svg, b, h1 ~ h1')].map((e) => e.outerHTML));
  assert.deepEqual(markup, [], 'what a job says has become markup');
  const hidden = await page.locator('main').evaluate((main) => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069]/.test(main.textContent));
  assert.ok(!hidden, 'something hides in what a job says');
  await olga.judge('operator-job');
  await page.getByRole('button', { name: /^Retry/ }).click();
  await dialog.getByRole('heading', { name: 'Retry 1 job?' }).waitFor();
  await olga.judge('operator-retry');
  await dialog.getByRole('button', { name: 'Retry 1 job' }).click();
  await dialog.getByText('1 job handed in again.').waitFor();
  await olga.heard(/1 job handed in again\./);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.goBack();
  await row('Jobs', 'TEST_FAILED').nth(1).waitFor(); // the second has failed like the first

  // All that match: how many is told first, and why some are left out afterwards.
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.waitForURL('**/console/admin/jobs');
  await page.getByRole('button', { name: 'Cancel all…' }).click();
  await dialog.getByRole('button', { name: /^Cancel \d+ jobs$/ }).click();
  await dialog.getByText(/^1 job cancelled, \d+ left out\.$/).waitFor();
  await dialog.getByText(/^Why \d+ jobs were left out$/).click();
  await dialog.getByRole('row').nth(1).waitFor();
  await olga.judge('operator-left-out');
  await dialog.getByRole('button', { name: 'Close' }).click();

  // A key is made, its text shown once; renewed, while the old text works for an hour; ended.
  await menu('Keys');
  await page.getByRole('button', { name: 'New key…' }).click();
  await dialog.getByLabel('Owner', { exact: true }).fill('Not a name');
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  await dialog.getByText('An owner has 1 to 63 of').waitFor();
  await olga.judge('operator-new-key');
  await dialog.getByLabel('Owner', { exact: true }).fill('zoe');
  await dialog.getByLabel('Expires').selectOption({ label: 'In 30 days' });
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  const first = await dialog.getByLabel('Key', { exact: true }).inputValue();
  assert.equal(await usage(first), 200);
  await olga.judge('operator-key-text');
  await dialog.getByRole('button', { name: 'I have it' }).click();
  const ending = /expires in (29|30) d/; // 30 in the very second
  await row('Keys', 'zoe').getByText(ending).waitFor();
  assert.ok(!(await page.content()).includes(first), 'the text is still in the page');
  await olga.judge('operator-keys');
  await row('Keys', 'zoe').getByRole('button', { name: /^Rotate/ }).click();
  await dialog.getByRole('radio', { name: 'After an hour' }).check({ force: true });
  await dialog.getByRole('button', { name: 'Rotate', exact: true }).click();
  const second = await dialog.getByLabel('Key', { exact: true }).inputValue();
  assert.notEqual(first, second);
  assert.deepEqual([await usage(first), await usage(second)], [200, 200]);
  await dialog.getByRole('button', { name: 'I have it' }).click();
  await row('Keys', 'replaced').getByText(/works for (1 h|59 min)/).waitFor();
  await row('Keys', ending).getByRole('button', { name: /^Revoke/ }).click();
  await dialog.getByRole('button', { name: 'Leave it' }).click();
  assert.equal(await usage(second), 200, 'who said no has changed nothing');
  await row('Keys', ending).getByRole('button', { name: /^Revoke/ }).click();
  await dialog.getByRole('button', { name: 'Revoke it' }).click();
  await row('Keys', ending).waitFor({ state: 'detached' });
  assert.deepEqual([await usage(first), await usage(second)], [200, 401]);

  // All of it was written down.
  await menu('Audit');
  await heading('Audit');
  for (const [action, target] of settings.audit) await row('Changes', target).filter({ hasText: action }).first().waitFor();
  await row('Changes', 'keys.create').filter({ hasText: 'ops' }).first().waitFor();
  await olga.judge('operator-audit');

  // The key ends: signed out, with a sentence, and nothing of what was there is shown any more.
  await ask('revoke');
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.getByRole('alert').getByText('The server does not take this key any more').waitFor();
  await page.getByLabel('API key').waitFor();
  assert.equal(await page.getByRole('table').count(), 0);
  await olga.judge('operator-ended');
  for (const key of [ops, first, second]) assert.ok(olga.requests.every((r) => !r.path.includes(key)), 'a key is in an address');
});
