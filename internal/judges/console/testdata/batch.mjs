// What is ticked, over two pages, is run again and deleted; why some are left out is
// told. All jobs have failed, and the month's jobs are used up.
import { run, signIn } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/console/jobs');
  await signIn(page);
  const boxes = page.locator('tbody').getByRole('checkbox');
  const deeds = page.getByRole('group', { name: 'With the jobs that are ticked' });
  const dialog = page.getByRole('dialog');
  const tickTwo = async () => {
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('page 2, 100 jobs').waitFor();
    await boxes.nth(7).check();
    await page.getByRole('button', { name: 'Newer' }).click();
    await page.getByText('page 1, 100 jobs').waitFor();
    await boxes.nth(3).check();
    await deeds.getByText('2 ticked').waitFor();
  };
  await tickTwo();
  await deeds.getByRole('button', { name: 'Run again', exact: true }).click();
  await dialog.getByRole('button', { name: 'Leave them' }).click(); // who says no has done nothing
  await deeds.getByText('2 ticked').waitFor();
  await deeds.getByRole('button', { name: 'Run again', exact: true }).click();
  await dialog.getByRole('button', { name: 'Run them again' }).click();
  await page.getByText('0 jobs begun again, 2 left out.').and(page.locator('strong')).waitFor();
  await page.getByText('Why some were left out').click();
  await page.locator('.skipped').getByText('QUOTA_EXCEEDED').nth(1).waitFor();
  await ann.judge('list-left-out');
  await page.getByRole('button', { name: 'Good' }).click();

  await tickTwo();
  const gone = await page.locator('tbody tr').nth(3).getByRole('link').getAttribute('title');
  await deeds.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByRole('button', { name: 'Delete them' }).click();
  await page.getByText('2 jobs deleted.').and(page.locator('strong')).waitFor();
  await page.locator(`tbody a[title="${gone}"]`).waitFor({ state: 'detached' });
});
