// A telephone: 360 points wide, light and dark, nothing to be scrolled sideways.
import { job, run, signIn, submit } from './visit.mjs';

await run(async (come) => {
  const ann = await come({ window: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } });
  const { page } = ann;
  const narrow = (name) => ann.narrow(name);
  await page.goto('/');
  await page.getByLabel('API key').waitFor();
  await narrow('the door');
  await signIn(page);
  await page.getByRole('heading', { name: 'Submit work' }).waitFor();
  await narrow('submit');
  await submit(page, { tool: 'json-formatter', text: `{"a": "${'wide'.repeat(200)}"` });
  await job(page, 'failed');
  await narrow('failed');
  await page.getByLabel('Text', { exact: true }).last().fill(`{"a": "${'wide'.repeat(200)}"}`);
  await page.getByRole('button', { name: 'Submit', exact: true }).tap();
  await job(page, 'success');
  await narrow('success');
  await ann.judge('phone');
  for (const name of ['Jobs', 'Usage', 'Webhooks']) {
    await page.getByRole('navigation').getByRole('link', { name }).tap();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.waitForLoadState('networkidle');
    await narrow(name);
    await ann.judge(`phone-${name.toLowerCase()}`);
  }
  await ann.leave();

  // Who has not asked for less motion finds the same.
  const bob = await come({ window: { reducedMotion: 'no-preference', colorScheme: 'dark' } });
  await bob.page.goto('/');
  await signIn(bob.page);
  await submit(bob.page, { tool: 'json-formatter', text: '1' });
  await job(bob.page, 'success');
});
