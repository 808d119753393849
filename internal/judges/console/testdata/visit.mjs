// What all ways of visitors have in common: the browser that is there, a window
// of one's own in it, what must never happen, and axe-core.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const settings = JSON.parse(process.argv[2]);

/** ask has the test do what is outside of the browser, and returns what it answers. */
export async function ask(name) {
  const answer = await fetch(`${settings.outside}/${name}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/**
 * A Visitor is a window of one's own in the browser. What must never happen is
 * noted all the time: a request to another origin, an error in the page, a
 * breach of its policy, a dialog of the browser.
 */
export class Visitor {
  requests = []; // {at, method, path} of all of them
  faults = [];

  static async come(browser, options = {}) {
    const v = new Visitor();
    v.server = options.server ?? settings.server;
    v.origin = new URL(v.server).origin;
    v.below = new URL(v.server).pathname.replace(/\/$/, ''); // the path that the console is below, perhaps
    v.says = options.says ?? []; // what the browser may say to the console on this way
    v.context = await browser.newContext({
      baseURL: v.server, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true, ...options.window,
    });
    v.context.setDefaultTimeout(settings.patience);
    v.context.on('request', (r) => v.#requested(r));
    v.context.on('page', (page) => v.#watch(page));
    await v.context.addInitScript(hear);
    v.page = await v.context.newPage();
    v.key = settings.key;
    return v;
  }

  /** heard waits until the live region has said something, at any time since the page was loaded. */
  async heard(pattern, page = this.page) {
    await page.waitForFunction(([source, flags]) => window.heard.some((text) => new RegExp(source, flags).test(text)), [pattern.source, pattern.flags]);
  }

  #requested(request) {
    const url = new URL(request.url());
    if (url.protocol === 'data:' || url.protocol === 'blob:') return;
    const below = url.origin !== this.origin || url.pathname.startsWith(`${this.below}/`);
    if (!below) this.faults.push(`a request to ${request.url()}, which is not below ${this.server}`);
    const path = url.pathname + url.search;
    this.requests.push({ at: Date.now(), method: request.method(), path: below && url.origin === this.origin ? path.slice(this.below.length) : path });
    if (url.origin !== this.origin && url.origin !== settings.storage) this.faults.push(`a request to ${request.url()}`);
  }

  #watch(page) {
    const go = page.goto.bind(page);
    page.goto = (at, options) => go(at.startsWith('/') ? this.server + at : at, options);
    page.on('pageerror', (err) => this.faults.push(`an error in the page: ${err.stack ?? err}`));
    page.on('dialog', (d) => { this.faults.push(`a dialog: ${d.message()}`); d.dismiss().catch(() => {}); });
    page.on('console', (message) => {
      // That a request was refused or lost is said by the browser itself, and is no fault of the page.
      if (message.type() === 'error' && ![/^Failed to load resource/, ...this.says].some((known) => known.test(message.text()))) this.faults.push(`said to the console: ${message.text()}`);
    });
  }

  /** judge has axe-core judge the page as it is, light and dark. */
  async judge(name, page = this.page) {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axeSource);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      for (const v of violations) {
        for (const n of v.nodes) this.faults.push(`axe-core on ${name}, ${colorScheme}: ${v.id} at ${n.target}: ${n.failureSummary} ${n.html}`);
      }
      await this.picture(`${name}-${colorScheme}`, page);
    }
    await page.emulateMedia({ colorScheme: null });
  }

  /** to presses Tab until the focus is where it is wanted, and can be seen to be there. */
  async to(wanted) {
    const at = this.page.locator(':focus');
    for (let i = 0; i < 80; i++) {
      if (await wanted.evaluateAll((all) => all.includes(document.activeElement))) {
        const seen = await at.evaluate((e) => {
          const marked = (x) => { const s = getComputedStyle(x); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; };
          return marked(e) || (e.parentElement && marked(e.parentElement));
        });
        assert.ok(seen, `the focus cannot be seen: ${await at.evaluate((e) => e.outerHTML)}`);
        return;
      }
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`no way by Tab to ${wanted}`);
  }

  /** narrow fails if something sticks out of a window of 360 points to the right. */
  async narrow(name) {
    const { wide, out } = await this.page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      out: [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position !== 'absolute')
        .map((e) => e.outerHTML.slice(0, 120)),
    }));
    assert.equal(wide, 360, `${name} is ${wide} wide: ${out.slice(0, 5).join('\n')}`);
  }

  /**
   * within fails if the page must be scrolled sideways, or something sticks out of its card and cannot be scrolled to there. Plots are drawn anew once they
   * have seen that their room has another size, so that is waited for.
   */
  async within(name, page = this.page) {
    let out = await this.sticking(page);
    for (const end = Date.now() + 10_000; out.length > 0 && Date.now() < end; out = await this.sticking(page)) await page.waitForTimeout(20);
    assert.deepEqual(out.slice(0, 3), [], name);
    const { wide, window } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, window: innerWidth }));
    assert.ok(wide <= window, `${name} is ${wide} wide, its window ${window}`);
  }

  /** sticking is what sticks out of its card now. */
  async sticking(page) {
    return page.evaluate(() => [...document.querySelectorAll('main *')].filter((e) => {
      const card = e.closest('.card, .notice, .tile');
      const { right, width } = e.getBoundingClientRect();
      if (!card || card === e || width <= 1 || right <= card.getBoundingClientRect().right + 1) return false;
      for (let a = e.parentElement; a !== card.parentElement; a = a.parentElement) if (getComputedStyle(a).overflowX !== 'visible') return false;
      return true;
    }).map((e) => e.outerHTML.slice(0, 120)));
  }

  /** picture takes a screenshot, if the test is told where to. */
  async picture(name, page = this.page) {
    if (settings.pictures) await page.screenshot({ path: join(settings.pictures, `${name}.png`), animations: 'disabled' });
  }

  /** leave closes the window. */
  async leave() { await this.context.close(); }
}

/** hear runs in each page before its own scripts: it keeps what screen readers are told without being asked. */
function hear() {
  window.heard = [];
  const live = (node) => (node instanceof Element ? node : node.parentElement)?.closest('[aria-live], [role=status], [role=alert]');
  new MutationObserver((changes) => {
    for (const c of changes) {
      const region = live(c.target) ?? [...c.addedNodes].map(live).find(Boolean);
      if (region?.textContent.trim()) window.heard.push(region.textContent);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** submit fills in the form for a text and hands it in as a job. */
export async function submit(page, { tool, text }) {
  const choice = page.getByLabel('Tool', { exact: true });
  await choice.locator('option', { hasText: tool }).waitFor({ state: 'attached' });
  if (await choice.inputValue() !== tool) await choice.selectOption(tool); // another tool has other options
  await page.getByLabel('Text', { exact: true }).last().fill(text);
  await page.getByRole('radio', { name: 'As a job' }).check({ force: true });
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
}

/** job waits until the job that is shown has a status. */
export async function job(page, status) {
  await page.locator(`article.job[data-status="${status}"]`).waitFor();
}

/** jobs asks the API itself for all jobs, past the page. */
export async function jobs() {
  const answer = await fetch(`${settings.server}/jobs?limit=100`, { headers: { 'x-api-key': settings.key } });
  return (await answer.json()).jobs;
}

/** signIn fills the form that asks for a key; with keep, the key stays with the tab. */
export async function signIn(page, { key = settings.key, keep = false } = {}) {
  await page.getByLabel('API key').fill(key);
  if (keep) await page.getByRole('checkbox', { name: 'Keep it in this tab' }).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** run runs a way, and ends the program: with what the way returns, or an error. */
export async function run(way) {
  const browser = await chromium.connectOverCDP(settings.browser, { timeout: 120_000 });
  const visitors = [];
  const come = async (options) => { const v = await Visitor.come(browser, options); visitors.push(v); return v; };
  let answer, failure;
  try {
    answer = await way(come);
  } catch (err) {
    failure = err;
  }
  const faults = visitors.flatMap((v) => v.faults);
  if (failure) {
    for (const [i, v] of visitors.entries()) {
      for (const page of v.context.pages()) {
        console.error(`window ${i} is at ${page.url()} and shows:\n${await page.locator('body').innerText({ timeout: 1000 }).catch((err) => String(err))}`);
        await v.picture(`failed-${i}`, page);
      }
    }
    console.error(failure);
  }
  for (const v of visitors) await v.leave().catch(() => {});
  for (const f of faults) console.error(f);
  process.stdout.write(JSON.stringify(answer ?? null), () => process.exit(failure || faults.length ? 1 : 0));
}
