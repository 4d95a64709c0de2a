// What people do at a portal, from the first page to what they came for. Each is an act of one role.

const EN = { viewport: { width: 1280, height: 900 }, locale: 'en' };
/** How often a page is opened again until a work of the portal has ended. */
const LOOKS_MAX = 2_000;

/** Somebody goes where they may not, is asked who they are, and lands there. */
async function logIn(visit, page) {
  await visit.open('/explore?by=country');
  visit.expect(new URL(page.url()).pathname === '/login', `led to ${page.url()}`);
  const { name, password } = visit.portal.people.member;
  const say = async (word) => {
    await page.focus('#name');
    await page.keyboard.type(name);
    await page.keyboard.press('Tab');
    await page.keyboard.type(word);
    await page.keyboard.press('Enter');
  };
  await say('a wrong password');
  await page.waitForSelector('[role=alert]');
  await visit.accessible();
  await say(password);
  await page.waitForURL((url) => url.pathname === '/explore' && url.searchParams.get('by') === 'country');
  await page.click('.tools summary');
  await page.click('.tools a[href="/account"]');
  await page.waitForURL('**/account');
  visit.expect((await page.textContent('main')).includes(name), 'the account does not name its user');
  await page.click('.tools summary');
  await page.click('form[action="/logout"] button');
  await page.waitForURL((url) => url.pathname === '/');
  await visit.open('/account');
  visit.expect(new URL(page.url()).pathname === '/login', 'whoever logged out still has an account');
}

/** By keyboard alone: from the situation over a filter to the packets, one opened, exported. */
async function keyboard(visit, page) {
  await visit.open('/?{time}');
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.waitForURL('**/explore**');
  await page.waitForLoadState();
  await page.keyboard.press('/');
  await page.keyboard.type('tcp.dstp');
  await page.waitForSelector('.t-list li');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const typed = await page.inputValue('#f');
  visit.expect(typed === 'tcp.dstport ', `the box has “${typed}”`);
  await page.keyboard.type('== 445');
  await page.waitForSelector('#f.t-good');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL('**f=tcp.dstport**');
  await page.waitForLoadState();
  const total = await page.textContent('.total');
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.waitForURL('**/packets**');
  await page.waitForLoadState();
  visit.expect((await page.textContent('.total')) === total, 'the packets are not those of the page before');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL('**row=2**');
  await page.waitForSelector('.opened');
  await page.keyboard.press('x');
  await tabTo(page, '.take a[href*="format=pcapng"]');
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  visit.expect(download.suggestedFilename().endsWith('.pcapng'), `a file ${download.suggestedFilename()} came`);
  visit.expect((await download.failure()) === null, 'the capture did not come whole');
}

/** Presses Tab until a thing has the focus. */
async function tabTo(page, selector) {
  const STOPS_MAX = 40;
  for (let stop = 0; stop < STOPS_MAX; stop++) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no Tab leads to ${selector}`);
}

/** Keys change what is shown; their list opens, and those of a single letter can be turned off. */
async function keys(visit, page) {
  await visit.open('/explore?{time}');
  const shown = async (key, holds) => {
    await page.keyboard.press(key);
    await page.waitForURL((url) => holds(url.searchParams));
    await page.waitForLoadState();
  };
  await shown('t', (asked) => asked.get('g') === 'table');
  await shown('t', (asked) => asked.get('g') === 'stacked');
  const period = new URL(page.url()).searchParams.get('p');
  await shown('=', (asked) => asked.get('p') !== period);
  await shown('-', (asked) => asked.get('p') === period);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const row = await page.evaluate(() => document.activeElement?.closest('tr')?.rowIndex);
  visit.expect(row === 2, `j leads to row ${row}, not to the second`);
  await page.keyboard.press('?');
  await page.waitForSelector('#keys[open]');
  await visit.accessible();
  await page.uncheck('#keys input[type=checkbox]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#keys', { state: 'hidden' });
  await page.keyboard.press('?');
  visit.expect(!(await page.isVisible('#keys')), 'a single key does something although they are off');
  await page.keyboard.press('Control+k');
  visit.expect(await page.evaluate(() => document.activeElement?.id === 'jump'), 'Ctrl-K leads to no jump box');
}

/** A chart that can be dragged names the time in the address. */
async function zoom(visit, page) {
  await visit.open('/explore?{time}');
  await page.click('t-chart button');
  const over = await page.waitForSelector('.u-over');
  await visit.accessible();
  await visit.fits();
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 5 });
  const times = await page.textContent('.u-legend');
  visit.expect(times.includes('Asia/Tokyo'), `times without their zone: ${times}`);
  await page.mouse.up();
  await page.waitForURL(/p=\d{4}-.*\.\./);
  await page.waitForLoadState();
}

/** A note on a port is written, listed, marked in both kinds of chart, and taken away. */
async function note(visit, page) {
  await visit.open('/port/445-tcp?{time}');
  await page.click('.notes summary');
  await visit.accessible();
  await page.fill('#note-period', '2014-07-01');
  await page.fill('#note-en', 'a wave <b>of</b> worms');
  await page.fill('#note-ja', 'ワームの波');
  await page.click('.notes form[action="/notes/add"] button');
  const own = page.locator('.notes li').filter({ hasText: 'a wave <b>of</b> worms' });
  await own.waitFor();
  visit.expect((await page.locator('t-chart .wide .mark').count()) > 0, 'the drawing has no mark');
  await page.click('t-chart button');
  await page.waitForSelector('.u-over .t-mark');
  await visit.accessible();
  await own.locator('form[action="/notes/delete"] button').click();
  await own.waitFor({ state: 'detached' });
}

/** What the drawing marks, the canvas marks: the same texts at the same times. */
async function marks(visit, page) {
  await visit.open('/explore?{time}&by=country&g=lines');
  const drawn = await page.locator('t-chart .wide path.mark').count();
  visit.expect(drawn > 0, 'the drawing has no marks');
  await page.click('t-chart button');
  await page.waitForSelector('.u-over .t-mark');
  const places = await page.locator('.u-over .t-mark').evaluateAll((marks) =>
    marks.map((mark) => mark.getBoundingClientRect().left - mark.parentElement.getBoundingClientRect().left),
  );
  visit.expect(places.length === drawn, `${places.length} marks on the canvas, ${drawn} in the drawing`);
  const width = await page.locator('.u-over').evaluate((over) => over.clientWidth);
  visit.expect(places.every((place) => place >= 0 && place <= width), `marks stand at ${places} of ${width}`);
  await page.click('t-chart button');
  await page.waitForSelector('t-chart .wide', { state: 'visible' });
}

/** A selection is saved, followed by its short address, and taken away. */
async function saved(visit, page) {
  await visit.open('/explore?{time}&by=country');
  await page.click('.saved summary');
  await page.fill('#saved-name', 'by country');
  await page.click('form[action="/saved/add"] button');
  await page.waitForURL('**/account**');
  const line = page.locator('tr', { hasText: 'by country' });
  await line.locator('a[href^="/v/"]').click();
  await page.waitForURL((url) => url.pathname === '/explore' && url.searchParams.get('by') === 'country');
  await visit.open('/account');
  await line.locator('button').click();
  await line.waitFor({ state: 'detached' });
}

/** A finding is acknowledged by its key, stands so in the list, and is opened again. */
async function acknowledge(visit, page) {
  await visit.open('/findings');
  await page.click('.cards a');
  await page.waitForSelector('form.acknowledge');
  await page.keyboard.press('a');
  await page.waitForSelector('p.acknowledged');
  await visit.accessible();
  await visit.open('/findings');
  visit.expect((await page.locator('.cards p.acknowledged').count()) === 1, 'the list does not tell of it');
  await page.click('.cards a');
  await page.click('form.acknowledge button');
  await page.waitForSelector('p.acknowledged', { state: 'detached' });
}

/** A draft is made from the data, a paragraph is written in both languages, and the preview has it. */
async function edit(visit, page) {
  const rested = async (path) => {
    for (let look = 0; look < LOOKS_MAX; look++) {
      await visit.open(path);
      if ((await page.locator('.notice[role=status]').count()) === 0) return;
    }
    throw new Error(`${path}: a work does not end`);
  };
  await rested('/reports');
  await page.fill('#draft-period', '2014-06');
  await page.click('form[action="/drafts"] button');
  await page.waitForURL('**/reports**');
  await rested('/reports');
  await page.click('a[href="/drafts/monthly-2014-06"]');
  await page.waitForURL('**/drafts/monthly-2014-06');
  await rested('/drafts/monthly-2014-06');
  await page.click('.outline a[href$="/overview"]');
  await page.waitForURL('**/overview');
  await page.fill('textarea[name="ja/overview/1"]', '最初のポートは{ports:1:packets}個。');
  await page.fill('textarea[name="en/overview/1"]', 'The first port had {ports:1:packets} packets.');
  await page.click('.save button');
  await page.waitForSelector('fieldset.own');
  const printed = await page.textContent('fieldset.own .printed');
  visit.expect(/The first port had [\d,]+ packets\./.test(printed), `printed is “${printed}”`);
  await visit.accessible();
}

/** Without scripts the same form leads to the same answer. */
async function scriptless(visit, page) {
  await visit.open('/explore?{time}');
  await page.fill('#f', 'tcp.dstport == 445');
  await page.click('.look button');
  await page.waitForURL('**f=tcp.dstport**');
  visit.expect(/\d/.test(await page.textContent('.total')), 'there is no total');
  await page.click('nav a[data-place=packets]');
  await page.waitForURL('**/packets**f=tcp.dstport**');
  await page.click('tbody tr:nth-child(2) th a');
  await page.waitForSelector('.opened');
}

/** What happens on each journey, and what its browser is like. */
export const JOURNEYS = {
  'log-in': [EN, logIn],
  keyboard: [{ ...EN, acceptDownloads: true }, keyboard],
  keys: [EN, keys],
  zoom: [EN, zoom],
  scriptless: [{ ...EN, javaScriptEnabled: false }, scriptless],
  marks: [EN, marks],
  note: [EN, note],
  saved: [EN, saved],
  acknowledge: [EN, acknowledge],
  edit: [EN, edit],
};
