// Ten thousand jobs: pages are turned. Answers the longest time for which the page
// did not answer, in ms.
import assert from 'node:assert/strict';
import { run, settings, signIn } from './visit.mjs';

const pageSize = 100;
const turns = 8;

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/console/jobs');
  await signIn(page);
  const rows = page.locator('tbody tr');
  const full = async (n) => {
    await page.getByText(`page ${n}, ${pageSize} jobs`).waitFor();
    assert.equal(await rows.count(), pageSize, `rows of page ${n}`);
  };
  await full(1);
  await ann.judge('list');
  await page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => { for (const e of list.getEntries()) window.longest = Math.max(window.longest, e.duration); }).observe({ type: 'longtask' });
  });
  const seen = new Set();
  for (let n = 1; n <= turns; n++) {
    for (const id of await rows.locator('a').evaluateAll((all) => all.map((a) => a.title))) seen.add(id);
    assert.equal(seen.size, n * pageSize, 'jobs that were seen, none of them twice');
    for (let y = 0; y <= 3000; y += 600) await page.mouse.wheel(0, 600);
    await page.getByRole('button', { name: 'Older' }).click();
    await full(n + 1);
  }
  for (let n = turns; n >= 1; n--) {
    await page.getByRole('button', { name: 'Newer' }).click();
    await full(n);
  }

  return page.evaluate(() => window.longest);
});
