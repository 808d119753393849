// Texts that would run, become markup or hide something: all are shown as text.
import assert from 'node:assert/strict';
import { job, run, settings, signIn } from './visit.mjs';

await run(async (come) => {
  const ann = await come();
  const { page } = ann;
  await page.goto('/');
  await signIn(page, { keep: true });
  const before = ann.requests.length;

  /** What is shown, and that nothing of it is an element, an address or hidden. */
  const shown = async (name, wanted) => {
    await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    const all = (await page.locator('body').innerText()).replaceAll('\u00a0', ' ');
    for (const text of wanted) {
      const visible = [...text].map((c) => (/[\p{C}]/u.test(c) ? '\\' : c)).join('').split('\\').filter((part) => part.length > 3);
      for (const part of visible) assert.ok(all.includes(part), `${name}: ${JSON.stringify(part)} is not shown in\n${all}`);
    }
    const bad = await page.evaluate(() => ({
      elements: [...document.querySelectorAll('main img, main script, main svg[onload], main iframe, main h1 ~ h1, main b, main object')].map((e) => e.outerHTML),
      links: [...document.querySelectorAll('a[href], [src], [action]')].map((e) => e.getAttribute('href') ?? e.getAttribute('src')).filter((a) => /^\s*(javascript|data|vbscript):/i.test(a)),
      handlers: [...document.querySelectorAll('main *')].flatMap((e) => [...e.attributes].filter((a) => a.name.startsWith('on')).map((a) => `${e.tagName} ${a.name}`)),
      hidden: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\udb40/.test(document.querySelector('main').textContent) && document.querySelector('main').textContent.match(/.{0,20}[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff].{0,20}/)?.[0],
    }));
    assert.deepEqual(bad, { elements: [], links: [], handlers: [], hidden: false }, name);
    if (name === 'failed' || name === 'metadata') await ann.judge(`hostile-${name}`);
  };
  for (const [name, status, wanted] of [
    ['preview', 'success', settings.texts], ['metadata', 'success', [...settings.texts, 'Group', 'nightly.2026']], ['refused', 'failed', []], ['failed', 'failed', settings.texts], ['result', 'success', settings.texts.map((t) => JSON.stringify(t).slice(1, -1))], // its file is no link, so it is JSON like any
  ]) {
    await page.goto(`/console/jobs/${settings[name]}`);
    await job(page, status);
    await shown(name, wanted);
  }

  // In an address as well.
  for (const path of ['jobs/%3Cimg%20src=x%20onerror=alert(1)%3E', 'jobs/%00%E2%80%AE', 'jobs/%ff', 'jobs?tool=%E2%80%AE%3Cb%3Egnp', 'jobs?status=%3Cscript%3Ealert(1)%3C/script%3E&metadata.%3Cb%3E=x', '%3Cscript%3E', 'nowhere?x=javascript:alert(1)']) {
    await page.goto(`/console/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await shown(`address ${path}`.replace(/[^a-z]+/gi, '-').toLowerCase(), []);
  }

  // An answer that is none of this server's: the page says so, and the others go on.
  await ann.context.route('**/webhooks', (r) => (r.request().resourceType() === 'fetch' ? r.fulfill({ json: { webhooks: [{}] } }) : r.continue()));
  await page.goto('/console/webhooks');
  await page.getByRole('heading', { level: 1, name: 'This page cannot be shown' }).waitFor();
  await ann.judge('broken');
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();

  // The name of a file, and what a pasted text has.
  await page.goto('/console/');
  await page.getByRole('radio', { name: 'File' }).check({ force: true });
  for (const [i, text] of settings.texts.entries()) {
    await page.locator('input[type=file]').setInputFiles({ name: `${text.replaceAll('/', '∕').replaceAll('\0', '')}.json`, mimeType: 'application/json', buffer: Buffer.from('{') });
    await page.locator('.chosen').waitFor();
    if (i > 3) continue;
    await page.getByRole('button', { name: 'Submit', exact: true }).click();
    await page.getByText('INVALID_JSON').first().waitFor();
  }
  await shown('file', []);
  assert.ok(ann.requests.length > before, 'requests are seen');
});
