// Uses the page as a visitor does, and prints what it says.
import { createRequire } from 'node:module'

const { modules, chromium: executablePath, page: address, url, key, text, patience } = JSON.parse(process.argv[2])
const { chromium } = createRequire(`${modules}/`)('playwright-core')
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
const page = await browser.newPage()
page.setDefaultTimeout(patience)
const faults = []
page.on('pageerror', (e) => faults.push(String(e)))
await page.goto(address)

// What the page says, from its first word on.
await page.evaluate(() => {
  window.statuses = []
  const place = document.querySelector('[role=status]')
  new MutationObserver(() => window.statuses.push(place.textContent)).observe(place, { childList: true })
})
await page.getByLabel('Server').fill(url)
await page.getByLabel('Key').fill(key)
await page.getByLabel('JSON').fill(text)
await page.getByRole('button').click()
await page.waitForFunction(() => {
  const last = window.statuses.at(-1) ?? ''
  return document.querySelector('pre').textContent || !['', 'queued', 'processing', 'success'].includes(last) && !last.startsWith('Too much')
})
console.log(JSON.stringify({
  statuses: await page.evaluate(() => window.statuses),
  shown: await page.locator('pre').textContent(),
  key: await page.evaluate((key) => [document.documentElement.outerHTML, ...[...document.querySelectorAll('input')].map((i) => i.value), location.href].filter((s) => s.includes(key)).join(), key),
  faults,
}))
await browser.close()
