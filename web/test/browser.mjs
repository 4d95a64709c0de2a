// The portal in a browser: every main page in both languages and themes, wide and narrow. It fails on a message
// in the console, a breach of the policy, a finding of axe, a page wider than its screen, or a keyboard that
// does not lead from the situation to exported packets.
//
//   node web/test/browser.mjs http://127.0.0.1:8080 [FOLDER FOR PICTURES] [PERIOD]

import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [base = 'http://127.0.0.1:8080', pictures = '', period = ''] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const time = period ? `p=${period}` : '';
const PAGES = {
  situation: `/?${time}`,
  explore: `/explore?${time}`,
  lines: `/explore?${time}&by=country&g=lines&vs=prev`,
  heat: `/explore?${time}&g=heat&step=day`,
  bars: `/explore?${time}&by=tag`,
  map: `/explore?${time}&by=country&g=map&vs=prev`,
  packets: `/packets?${time}&row=2`,
  port: `/port/23-tcp?${time}`,
  country: `/country/CN?${time}`,
  dns: `/dns?${time}`,
  backscatter: `/backscatter?${time}`,
  findings: '/findings',
  campaigns: '/campaigns',
  payloads: `/payloads?${time}`,
  known: `/known/mirai?${time}`,
  reports: '/reports',
  sensors: `/sensors?${time}`,
  data: '/data',
  sql: '/sql?q=SHOW+TABLES',
  api: '/api',
  fault: '/explore?f=tcp.dsport+%3D%3D+1',
};
const faults = [];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});

/** A page whose every complaint is a fault. */
async function open(options, where) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('console', (message) => {
    // A fault's page is answered with its status, which the browser repeats.
    const isStatus = message.text().startsWith('Failed to load resource') && where.name.startsWith('fault');
    if (['error', 'warning'].includes(message.type()) && !isStatus) faults.push(`${where.name}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`${where.name}: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith('data:')) {
      faults.push(`${where.name}: asked ${request.url()}`);
    }
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  return { context, page };
}

for (const lang of ['ja', 'en']) {
  for (const theme of ['light', 'dark']) {
    for (const width of [1280, 360]) {
      const where = { name: '' };
      const { context, page } = await open({ viewport: { width, height: 900 }, colorScheme: theme, bypassCSP: false }, where);
      for (const [name, path] of Object.entries(PAGES)) {
        where.name = `${name} ${lang} ${theme} ${width}`;
        const joint = path.includes('?') ? '&' : '?';
        await page.goto(`${base}${path}${joint}lang=${lang}`, { waitUntil: 'load' });
        if (pictures) {
          mkdirSync(pictures, { recursive: true });
          await page.screenshot({ path: `${pictures}/${name}-${lang}-${theme}-${width}.png`, fullPage: true });
        }
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        const widest = await page.evaluate(() => {
          const beyond = (element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.scroll');
          const found = [...document.querySelectorAll('body *')].filter(beyond);
          return found.slice(0, 3).map((element) => element.outerHTML.slice(0, 80)).join(' | ');
        });
        if (wider > 0) faults.push(`${where.name}: ${wider} px wider than the screen: ${widest}`);
        // What the browser's own tools run is not bound by the page's policy.
        const cdp = await context.newCDPSession(page);
        await cdp.send('Runtime.evaluate', { expression: axe });
        const told = await cdp.send('Runtime.evaluate', {
          expression: `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
            .then((found) => JSON.stringify(found.violations.map((one) => [one.id, one.nodes.length, one.nodes[0].html.slice(0, 160), one.nodes[0].failureSummary])))`,
          awaitPromise: true,
          returnByValue: true,
        });
        for (const [id, count, html, why] of JSON.parse(told.result.value)) {
          faults.push(`${where.name}: axe ${id} (${count}): ${html} ${why.replaceAll('\n', ' ')}`);
        }
        await cdp.detach();
      }
      await context.close();
    }
  }
}

// By keyboard alone: from the situation over a filter to the packets, one opened, exported.
{
  const where = { name: 'keyboard' };
  const { context, page } = await open({ viewport: { width: 1280, height: 900 }, acceptDownloads: true }, where);
  await page.goto(`${base}/?${time}&lang=en`);
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.waitForURL('**/explore**');
  await page.keyboard.press('/');
  await page.keyboard.type('tcp.dstp');
  await page.waitForSelector('.t-list li');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const typed = await page.inputValue('#f');
  if (typed !== 'tcp.dstport ') faults.push(`keyboard: the box has “${typed}”`);
  await page.keyboard.type('== 23');
  await page.waitForSelector('#f.t-good');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL('**f=tcp.dstport**');
  await page.waitForLoadState();
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.waitForURL('**/packets**');
  await page.waitForLoadState();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL('**row=2**');
  await page.waitForSelector('.opened');
  await page.keyboard.press('x');
  const link = page.locator('.take a', { hasText: 'Packets (pcapng)' });
  await link.focus();
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  if (!download.suggestedFilename().endsWith('.pcapng')) faults.push('keyboard: no capture came');
  await context.close();
}

// The chart that can be dragged names the time in the address.
{
  const where = { name: 'zoom' };
  const { context, page } = await open({ viewport: { width: 1280, height: 900 } }, where);
  await page.goto(`${base}/explore?${time}&lang=en`);
  await page.click('t-chart button');
  const over = await page.waitForSelector('.u-over');
  const box = await over.boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 5 });
  if (pictures) await page.screenshot({ path: `${pictures}/zoom.png` });
  const times = await page.textContent('.u-legend');
  if (!times.includes('Asia/Tokyo')) faults.push(`zoom: times without their zone: ${times}`);
  await page.mouse.up();
  await page.waitForURL(/p=\d{4}-.*\.\./);
  await context.close();
}

await browser.close();
for (const fault of faults) console.log(fault);
console.log(`browser: ${Object.keys(PAGES).length} pages, 8 ways each, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
