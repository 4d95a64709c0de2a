// The portal in a browser: every page of visits.json in languages, themes and widths, and the journeys of people.
// It fails on a message in the console, a breach of the policy, a request elsewhere, a finding of axe, a page wider
// than its screen, and on a journey that does not arrive.
//
//   node web/test/browser.mjs http://127.0.0.1:8080 [--pictures DIR] [--time p=2014Q2] [--people FILE] [--all]
//
// Without --people nobody logs in, and only what everybody sees on one's own machine is looked at. With --asked it
// reads what to look at from standard input, a name a line, and answers each with a line of JSON: the tests of
// crates/app/tests/visitors do so.

import { mkdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { JOURNEYS } from './journeys.mjs';
import { Portal, browse } from './portal.mjs';

/** How often a page is opened again until a work of the portal has ended. */
const LOOKS_MAX = 2_000;
/** Two ways that differ in everything. */
const SAMPLE = [
  { lang: 'ja', theme: 'light', width: 1280 },
  { lang: 'en', theme: 'dark', width: 360 },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pictures: { type: 'string', default: '' },
    time: { type: 'string', default: '' },
    people: { type: 'string', default: '' },
    all: { type: 'boolean', default: false },
    asked: { type: 'boolean', default: false },
  },
});
const base = (positionals[0] ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
const people = values.people ? JSON.parse(readFileSync(values.people, 'utf8')) : undefined;
const visits = JSON.parse(readFileSync(new URL('visits.json', import.meta.url), 'utf8'));
const langs = ['ja', 'en'];
const every = langs.flatMap((lang) =>
  ['light', 'dark'].flatMap((theme) => [1280, 360].map((width) => ({ lang, theme, width }))),
);
const ways = values.all ? every : SAMPLE;
if (values.pictures) mkdirSync(values.pictures, { recursive: true });
const browser = await browse();
const portal = new Portal(browser, base, values.time, people);

/** Looks at a page in one way. */
async function look(own, { lang, theme, width }) {
  const options = {
    viewport: { width, height: 900 },
    colorScheme: theme,
    locale: lang,
  };
  const faults = await portal.visit(own.as, options, async (visit, page) => {
    await visit.open(own.path, own.status);
    for (let look = 1; own.until && (await page.locator(own.until).count()) === 0; look++) {
      if (look > LOOKS_MAX) throw new Error(`${own.path}: there is never ${own.until}`);
      await visit.open(own.path, own.status);
    }
    if (own.link) await visit.open(await page.locator(own.link).first().getAttribute('href'));
    if (values.pictures) {
      await page.screenshot({ path: `${values.pictures}/${own.name}-${lang}-${theme}-${width}.png`, fullPage: true });
    }
    visit.expect((await page.getAttribute('html', 'lang')) === lang, `is not in ${lang}`);
    await visit.fits();
    await visit.menus();
    await visit.accessible();
  });
  return faults.map((fault) => `${lang} ${theme} ${width}: ${fault}`);
}

/** Everything there is to look at: who looks, and what is found wrong. */
const all = new Map();
for (const { name, as } of visits.journeys) {
  const [options, act] = JOURNEYS[name];
  all.set(name, { role: as, run: () => portal.visit(as, options, act) });
}
for (const own of visits.pages) {
  const run = async () => {
    const found = [];
    for (const way of ways) found.push(...(await look(own, way)));
    return found;
  };
  all.set(own.name, { role: own.as, run });
}

if (values.asked) {
  for await (const name of createInterface({ input: process.stdin })) {
    const faults = all.has(name) ? await all.get(name).run() : [`there is nothing called ${name}`];
    console.log(JSON.stringify({ name, faults }));
  }
} else {
  let count = 0;
  let left = 0;
  for (const [name, { role, run }] of all) {
    if (!portal.has(role)) {
      left++;
      continue;
    }
    const faults = await run();
    count += faults.length;
    console.log(`${name} ... ${faults.length === 0 ? 'ok' : 'FAILED'}`);
    for (const fault of faults) console.log(`  ${fault}`);
  }
  console.log(`browser: ${all.size - left} things looked at, ${left} for people who cannot log in, ${count} faults`);
  process.exitCode = count === 0 ? 0 : 1;
}
await browser.close();
