// The operator's pages on a telephone, and without a pointer.
import assert from 'node:assert/strict';
import { run, settings, signIn } from './visit.mjs';

const pages = ['Overview', 'Jobs', 'Tools', 'Keys', 'Audit'];

await run(async (come) => {
  const olga = await come({ window: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } });
  await olga.page.goto('/console/admin');
  await signIn(olga.page, { key: settings.ops });
  for (const name of pages) {
    await olga.page.getByRole('navigation').getByRole('link', { name, exact: true }).tap();
    await olga.page.getByRole('heading', { level: 1, name }).waitFor();
    await olga.page.locator('section.card').first().waitFor();
    await olga.narrow(name);
    await olga.judge(`operator-phone-${name.toLowerCase()}`);
  }
  await olga.page.getByRole('navigation').getByRole('link', { name: 'Keys', exact: true }).tap();
  await olga.page.getByRole('button', { name: 'New key…' }).tap();
  await olga.narrow('a new key');
  await olga.leave();

  // Between a telephone and a large screen.
  const otto = await come();
  await otto.page.goto('/console/admin');
  await signIn(otto.page, { key: settings.ops, keep: true });
  for (const name of pages) {
    await otto.page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
    await otto.page.getByRole('heading', { level: 1, name }).waitFor();
    await otto.page.locator('section.card table').first().waitFor();
    for (const width of [660, 800, 1000, 1100, 1280]) {
      await otto.page.setViewportSize({ width, height: 900 });
      await otto.within(`${name} in a window of ${width}`);
    }
  }
  // An address may say anything.
  for (const query of ['created_after=9e99', 'created_before=x&trouble=nope', 'status=%3Cb%3E&owner=%E2%80%AE&id=%00']) {
    await otto.page.goto(`/console/admin/jobs?${query}`);
    await otto.page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
  }
  await otto.leave();

  const omar = await come();
  const { page } = omar;
  const at = page.locator(':focus');
  const press = async (wanted, key = 'Enter') => {
    await omar.to(wanted);
    await page.keyboard.press(key);
  };
  await page.goto('/console/admin');
  await page.getByLabel('API key').waitFor();
  await omar.to(page.getByLabel('API key'));
  await page.keyboard.type(settings.ops);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await omar.to(page.getByRole('radio', { name: 'Hour' }));
  await page.keyboard.press('ArrowRight');
  await page.waitForURL('**/console/admin?span=day');
  await page.getByText('in the last day', { exact: true }).waitFor();
  await press(page.getByRole('button', { name: 'Table: Jobs a minute' }));
  await page.getByRole('table', { name: 'Jobs a minute, newest first' }).waitFor();

  const menu = async (name) => {
    await page.evaluate(() => document.activeElement.blur());
    await press(page.getByRole('navigation').getByRole('link', { name, exact: true }));
    await page.getByRole('heading', { level: 1, name }).waitFor();
    assert.equal(await at.evaluate((e) => e.tagName), 'H1', 'the focus moves to the new page’s heading');
  };
  await menu('Tools');
  await omar.to(page.getByRole('searchbox', { name: 'Find a tool' }));
  await page.keyboard.type('json-mini');
  await press(page.getByRole('button', { name: 'Pause json-minify' }));
  await press(page.getByRole('button', { name: 'Resume json-minify' }));
  await page.getByRole('button', { name: 'Pause json-minify' }).waitFor();
  await omar.heard(/json-minify goes on/);

  // Escape means no, and the focus is where it was.
  await menu('Keys');
  await press(page.getByRole('button', { name: 'New key…' }));
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await at.innerText(), 'New key…');

  await menu('Jobs');
  await omar.to(page.getByLabel('Owner', { exact: true }));
  await page.keyboard.type('ann');
  await press(page.getByRole('checkbox', { name: 'success' }), 'Space');
  await press(page.getByRole('button', { name: 'Find' }));
  await page.waitForURL('**/console/admin/jobs?status=success&owner=ann');
  await press(page.getByRole('button', { name: 'Retry all…' }));
  await page.getByRole('dialog').getByRole('button', { name: /^Retry \d+ jobs?$/ }).waitFor();
  await press(page.getByRole('button', { name: 'Leave them' }));
  assert.equal(await at.innerText(), 'Retry all…');
});
