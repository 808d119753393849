// How long it takes until something is there, in a window that has nothing of the
// console yet: from the navigation to the form for the key as it is painted, from
// the key to the first page, and from a click to a page of the list.
import { run, settings, signIn } from './visit.mjs';

await run(async (come) => {
  const times = { first: [], signed: [], list: [] };
  for (let i = 0; i < settings.views; i++) {
    const ann = await come();
    const { page } = ann;
    await page.goto('/console/', { waitUntil: 'commit' });
    await page.getByLabel('API key').waitFor();
    times.first.push(await page.evaluate(() => new Promise((done) => {
      new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true });
    })));
    /** Milliseconds, by the page's clock, from a deed to the frame after something is there. */
    const until = async (selector, deed) => {
      const took = page.evaluate((wanted) => new Promise((done) => {
        let began = 0;
        const start = () => { began ||= performance.now(); };
        addEventListener('click', start, { capture: true, once: true });
        const seen = new MutationObserver(() => {
          if (!began || !document.querySelector(wanted)) return;
          seen.disconnect();
          requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
        });
        seen.observe(document, { subtree: true, childList: true });
      }), selector);
      await deed();
      return took;
    };
    times.signed.push(await until('#submit', () => signIn(page)));
    times.list.push(await until('tbody tr', () => page.getByRole('navigation').getByRole('link', { name: 'Jobs' }).click()));
    await ann.leave();
  }
  return times;
});
