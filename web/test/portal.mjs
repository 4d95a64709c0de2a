// A browser at a portal: who is logged in, and what a page must never do. A message in the console, a breach of the
// policy, a request to another machine: each is a fault of whatever is looked at.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PATIENCE_MS = 30_000;

/** Starts Debian's browser; it asks nobody anything by itself. */
export function browse() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What an error says, without its log and its colours. */
function plain(error) {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
  return String(error.message ?? error).replace(escapes, '').split('\n').slice(0, 3).join(' ');
}

/** A portal, and the people that may log in to it: `{"member": {"name": ..., "password": ...}}`. */
export class Portal {
  constructor(browser, base, time, people) {
    Object.assign(this, { browser, base, time, people, sessions: new Map() });
  }

  /** Whether somebody of a role can be had; where nobody logs in, every reader sees what an analyst sees. */
  has(role) {
    return this.people ? role === 'public' || role in this.people : role === 'analyst';
  }

  address(path) {
    return `${this.base}${path.replace('{time}', this.time)}`;
  }

  /** Runs `act` on a fresh page of somebody; what goes wrong is told as faults. */
  async visit(role, options, act) {
    const faults = [];
    const context = await this.browser.newContext({ ...options, storageState: await this.session(role) });
    context.setDefaultTimeout(PATIENCE_MS);
    try {
      const page = await context.newPage();
      const visit = new Visit(this, page, faults);
      await visit.listen();
      await act(visit, page);
    } catch (error) {
      faults.push(plain(error));
    } finally {
      await context.close();
    }
    return faults;
  }

  /** The session of a role, by the form of the page to log in; the same for all visits. */
  async session(role) {
    if (!this.people || role === 'public') return undefined;
    if (!this.sessions.has(role)) {
      const context = await this.browser.newContext();
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      const { name, password } = this.people[role];
      await page.goto(`${this.base}/login`);
      await page.fill('#name', name);
      await page.fill('#password', password);
      await Promise.all([page.waitForURL((url) => url.pathname !== '/login'), page.press('#password', 'Enter')]);
      this.sessions.set(role, await context.storageState());
      await context.close();
    }
    return this.sessions.get(role);
  }
}

/** A page that is looked at, with its faults. */
export class Visit {
  constructor(portal, page, faults) {
    Object.assign(this, { portal, page, faults, statuses: [200] });
  }

  async listen() {
    const { page, faults, portal } = this;
    page.on('console', (message) => {
      // An answer that is no page as wanted is told in the console, too; its status is looked at.
      const isStatus = message.text().startsWith('Failed to load resource') && !this.statuses.includes(200);
      if (['error', 'warning'].includes(message.type()) && !isStatus) faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${portal.base}/`) && !url.startsWith('data:')) faults.push(`asked ${url}`);
    });
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
  }

  /** Opens a page, and says so when its status is another. */
  async open(path, status = 200) {
    this.statuses = [status];
    const answer = await this.page.goto(this.portal.address(path), { waitUntil: 'load' });
    this.expect(answer.status() === status, `${path} was answered ${answer.status()}, not ${status}`);
  }

  expect(holds, said) {
    if (!holds) this.faults.push(said);
  }

  /** No page is wider than its screen; what is wider scrolls by itself. */
  async fits() {
    const told = await this.page.evaluate(() => {
      const root = document.documentElement;
      const beyond = (element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.scroll');
      const found = [...document.querySelectorAll('body *')].filter(beyond).slice(0, 3);
      return { wider: root.scrollWidth - root.clientWidth, by: found.map((element) => element.outerHTML.slice(0, 80)) };
    });
    this.expect(told.wider <= 0, `${told.wider} px wider than the screen: ${told.by.join(' | ')}`);
  }

  /** What a menu opens stands on the screen. */
  async menus() {
    const left = await this.page.evaluate(() => {
      const menu = document.querySelector('.tools');
      if (!menu) return '';
      menu.open = true;
      const { left, right } = menu.querySelector('div').getBoundingClientRect();
      menu.open = false;
      return left < 0 || right > innerWidth ? `from ${left} to ${right} of ${innerWidth}` : '';
    });
    this.expect(left === '', `the menu of language and theme leaves the screen: ${left}`);
  }

  /** WCAG 2.2 AA as far as axe can tell. */
  async accessible() {
    // What the browser's own tools run is not bound by the page's policy.
    const tools = await this.page.context().newCDPSession(this.page);
    await tools.send('Runtime.evaluate', { expression: AXE });
    const told = await tools.send('Runtime.evaluate', {
      expression: `axe.run(document, {runOnly: ${JSON.stringify(RULES)}}).then((found) => JSON.stringify(found.violations.map(
        (one) => [one.id, one.nodes.length, one.nodes[0].html.slice(0, 160), one.nodes[0].failureSummary])))`,
      awaitPromise: true,
      returnByValue: true,
    });
    await tools.detach();
    this.expect(!told.exceptionDetails, `axe did not run: ${told.exceptionDetails?.text}`);
    for (const [id, count, html, why] of JSON.parse(told.result.value ?? '[]')) {
      this.faults.push(`axe ${id} (${count}): ${html} ${why.replaceAll('\n', ' ')}`);
    }
  }
}
