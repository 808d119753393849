// A proxy cuts event streams: the page says so and polls.
import assert from 'node:assert/strict';
import { ask, job, run, settings, signIn, submit } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/');
  await signIn(page);
  await submit(page, { tool: settings.tool, text: 'one' });
  await page.getByText('Live events do not come through to here').waitFor();
  await ann.judge('polls');
  await ask('take');
  await job(page, 'processing');
  await ask('half');
  await page.getByText('50 %').first().waitFor();
  const streams = ann.requests.filter((r) => r.path.endsWith('/events')).length;
  await ask('finish');
  await job(page, 'success');
  assert.equal(ann.requests.filter((r) => r.path.endsWith('/events')).length, streams, 'streams that are asked for after the page knows that they do not come through');
  assert.ok(streams <= 3, `${streams} streams`);
});
