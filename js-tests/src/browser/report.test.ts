import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '@auraconnect/offline-sync';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { startChromium } from './chromium.ts';
import { openTill } from './demo_page.ts';
import { sellQuickly, soupAndWineMinor, tipMinor } from './evening.ts';
import { complaintsAbout } from './fit.ts';
import { takeBothPictures } from './pictures.ts';
import { startTwoTills } from './two_tills.ts';

/** Soup 725 and two glasses of wine at 880. */
const netMinor = 2485;

test('the report of the day counts up without a network, says what it cannot know, and is confirmed once it is synced', async (context) => {
  const { page, tills, violations } = await startTwoTills(context);
  const [tillA, tillB] = tills;
  await sellQuickly(tillB, 1);
  await tillB.see('queue-depth', { depth: 0 });
  await page.waitForFunction(() => window.auraTills?.['Till A']?.reports.day()?.figures.ordersClosed === 1);
  await tillA.switchNetwork('off');
  await tillA.tap('nav-report');
  await tillA.see('report', { net: netMinor, pending: 0 });
  await sellQuickly(tillA, 2);
  await tillA.see('report', { net: 3 * netMinor, pending: 2 * netMinor });
  const provisional = await tillA.root.getByTestId('report-provisional').innerText();
  assert.match(provisional, /^Provisional: \d{4}-\d\d-\d\d as Till A knows it at \d\d:\d\d/);
  assert.match(provisional, /12 changes made here have not reached the server/);
  assert.match(provisional, /Till B not included since \d\d:\d\d/);
  const row = (key: string) => tillA.root.getByTestId('report-money').locator(`tr[data-row="${key}"]`);
  assert.equal(await row('totalMinor').getAttribute('data-minor'), String(3 * soupAndWineMinor));
  assert.equal(await row('tipsMinor').getAttribute('data-minor'), String(3 * tipMinor));
  await takeBothPictures(tillA, 'report');
  await tillA.switchNetwork('on');
  await tillA.see('report', { net: 3 * netMinor, pending: 0 });
  assert.deepEqual(violations, []);
});

test('every chart of the report has its numbers in a table, targets take a thumb, and nothing is cut off', async (context) => {
  const { page, tills } = await startTwoTills(context);
  const [till] = tills;
  await sellQuickly(till, 1);
  await till.tap('nav-report');
  await till.see('report', { net: netMinor });
  const complaints: string[] = [];
  for (const screen of [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ]) {
    await page.setViewportSize(screen);
    for (const part of await till.root.locator('.report, .till__nav').all())
      complaints.push(...(await complaintsAbout(part)).map((complaint) => `at ${screen.width}: ${complaint}`));
  }
  assert.deepEqual(complaints, []);
  for (const chart of ['report-hour-chart', 'report-category-chart']) {
    const table = till.root.getByTestId(chart);
    const numbers = await table
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-minor'))));
    assert.equal(
      numbers.reduce((sum, number) => sum + number, 0),
      netMinor,
    );
  }
  const pictures = till.root.locator('.report canvas');
  assert.equal(await pictures.count(), 2);
  for (const picture of await pictures.all()) {
    assert.match((await picture.getAttribute('aria-label')) ?? '', /Net sales by \w+: highest .* with \$/);
  }
});

test('a second tab of a till, which does not sync itself, knows of the last sync too', async (context) => {
  const server = await startLocalServer({ withDemo: true });
  context.after(() => server.stop());
  const browser = await startChromium();
  context.after(() => browser.close());
  const { devices } = await openRestaurant(server, ['Till A', 'Till B']);
  const window = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: 'block' });
  const first = await openTill(window, server, devices, 'Till A');
  const second = await openTill(window, server, devices, 'Till A');
  const role = ({ status }: Engine): string => status().role;
  assert.deepEqual([await first.work(role, null), await second.work(role, null)], ['writer', 'follower']);
  await sellQuickly(first, 1);
  for (const till of [first, second]) {
    await till.tap('nav-report');
    await till.see('report', { net: netMinor, pending: 0 });
    assert.match(await till.root.getByTestId('report-provisional').innerText(), /Last synced \d\d:\d\d/);
  }
});

test('on paper there is the report alone, as long as it is', async (context) => {
  const { page, tills } = await startTwoTills(context);
  const [till] = tills;
  await sellQuickly(till, 1);
  await till.tap('nav-report');
  await till.see('report', { net: netMinor });
  await page.emulateMedia({ media: 'print' });
  const shown = async (selector: string): Promise<boolean> => {
    const parts = await page.locator(selector).all();
    const visible = await Promise.all(parts.map((part) => part.isVisible()));
    return visible.some((each) => each);
  };
  for (const gone of ['.status-bar', '.till__nav', '.bill', '.report__print', '.server-strip'])
    assert.equal(await shown(gone), false, gone);
  assert.ok(await shown('[data-testid="report-provisional"]'), 'paper says too that it is provisional');
  const { page: length, screen } = await page.evaluate(() => ({
    page: document.documentElement.scrollHeight,
    screen: innerHeight,
  }));
  assert.ok(length > screen, 'nothing scrolls inside the page: all of it is printed');
});
