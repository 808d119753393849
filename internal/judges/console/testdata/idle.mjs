// A list of unfinished jobs that nobody touches. The page's clock is turned by
// the test, a second at a time, when all that was asked is answered. Answers how
// many requests there were.
import assert from 'node:assert/strict';
import { run, settings, signIn } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  let open = 0;
  page.on('request', () => { open++; });
  page.on('requestfinished', () => { open--; });
  page.on('requestfailed', () => { open--; });
  await page.clock.install();
  await page.goto('/console/jobs');
  await signIn(page);
  await page.getByText('page 1, 50 jobs').waitFor();
  const second = async () => {
    await page.clock.runFor(1000);
    do await page.evaluate(() => new Promise((done) => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); }));
    while (open > 0);
  };
  await second();
  const before = ann.requests.length;
  for (let s = 0; s < settings.seconds; s++) await second();
  const asked = ann.requests.length - before;

  // Nobody looks: another tab is in front.
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await second();
  const hidden = ann.requests.length;
  for (let s = 0; s < settings.seconds; s++) await second();
  assert.equal(ann.requests.length, hidden, 'requests while nobody looks');
  return asked;
});
