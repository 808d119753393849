// What is ticked, over two pages, and then all that fits the filters, is cancelled,
// run again and deleted. settings.jobs are queued.
import assert from 'node:assert/strict';
import { run, settings, signIn } from './visit.mjs';

const grouped = (n) => n.toLocaleString('en-GB');

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/console/jobs');
  await signIn(page);
  const boxes = page.locator('tbody').getByRole('checkbox');
  const ids = () => page.locator('tbody tr').filter({ has: page.getByRole('checkbox', { checked: true }) }).getByRole('link').evaluateAll((all) => all.map((a) => a.title));
  const deeds = page.getByRole('group', { name: 'With the jobs that are ticked' });
  const dialog = page.getByRole('dialog');
  const does = async (button, question, said, look = async () => {}) => {
    await deeds.getByRole('button', { name: button, exact: true }).click();
    await dialog.getByRole('heading', { name: question }).waitFor();
    await dialog.getByRole('button').first().click();
    await page.getByText(said).and(page.locator('.notice strong')).waitFor();
    await look();
    await page.getByRole('button', { name: 'Good' }).click();
  };

  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByText('page 2, 100 jobs').waitFor();
  await boxes.nth(0).check();
  await boxes.nth(7).check();
  const ticked = await ids();
  await page.getByRole('button', { name: 'Newer' }).click();
  await page.getByText('page 1, 100 jobs').waitFor();
  await boxes.nth(3).check();
  ticked.push(...await ids());
  await deeds.getByText('3 ticked').waitFor();
  await deeds.getByRole('button', { name: 'Cancel', exact: true }).click();
  await dialog.getByRole('button', { name: 'Leave them' }).click(); // who says no has done nothing
  await deeds.getByText('3 ticked').waitFor();
  await does('Cancel', 'Cancel: 3 jobs?', '3 jobs cancelled.');
  await deeds.getByText('None ticked').waitFor();

  const only = (status, on) => page.getByRole('checkbox', { name: status, exact: true }).setChecked(on);
  await only('failed', true);
  await page.getByText('page 1, 3 jobs').waitFor();
  assert.deepEqual((await page.locator('tbody').getByRole('link').evaluateAll((all) => all.map((a) => a.title))).sort(), ticked.sort());
  await ann.judge('ticked');

  await only('failed', false);
  await only('queued', true);
  await page.getByText('page 1, 100 jobs').waitFor();
  const left = grouped(settings.jobs - ticked.length);
  await deeds.getByText('All that fit the filters').click();
  await does('Cancel all…', `Cancel: ${left} jobs?`, `${left} jobs cancelled.`);
  await page.getByText('No job fits these filters.').waitFor();

  await only('queued', false);
  await page.getByText('page 1, 100 jobs').waitFor();
  await boxes.nth(1).check();
  await does('Run again', 'Run again: 1 job?', '0 jobs begun again, 1 left out.', async () => { // the month's jobs are used up
    await page.getByText('Why some were left out').click();
    await page.locator('.skipped').getByText('QUOTA_EXCEEDED').waitFor();
  });
  const [gone] = await page.locator('tbody').getByRole('link').evaluateAll((all) => all.slice(2, 3).map((a) => a.title));
  await boxes.nth(2).check();
  await does('Delete', 'Delete: 1 job?', '1 job deleted.');
  await page.locator(`tbody a[title="${gone}"]`).waitFor({ state: 'detached' });
  return ticked.length;
});
