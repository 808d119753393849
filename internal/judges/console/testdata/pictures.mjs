// The two pictures of the README.
import { join } from 'node:path';
import { job, run, settings, signIn, submit } from './visit.mjs';

const broken = `{
  "invoice": 4711,
  "customer": {"name": "Ann", "city": "Oslo"},
  "lines": [
    {"item": "ticket", "price": 12.50}
    {"item": "coat",   "price": 3.00}
  ]
}`;

await run(async (come) => {
  const light = await come({ window: { viewport: { width: settings.width, height: 720 }, colorScheme: 'light', reducedMotion: 'reduce' } });
  await light.page.goto('/');
  await signIn(light.page);
  await submit(light.page, { tool: 'json-formatter', text: broken });
  await job(light.page, 'failed');
  await light.page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  await light.page.screenshot({ path: join(settings.folder, 'console-light.png'), animations: 'disabled' });

  const dark = await come({ window: { viewport: { width: settings.width, height: 720 }, colorScheme: 'dark', reducedMotion: 'reduce' } });
  await dark.page.goto('/console/jobs');
  await signIn(dark.page);
  await dark.page.locator('tbody tr').first().waitFor();
  await dark.page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  await dark.page.screenshot({ path: join(settings.folder, 'console-dark.png'), animations: 'disabled' });
});
