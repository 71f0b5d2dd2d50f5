import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { startChromium } from './chromium.ts';
import { openTill } from './demo_page.ts';
import { sellQuickly, soupAndWineMinor, tipMinor } from './evening.ts';
import { startTwoTills } from './two_tills.ts';

test('a server that fails is called shaky and not away, and once it answers nothing is only here', async (context) => {
  const { page, tills } = await startTwoTills(context);
  const [till] = tills;
  const problem = { contentType: 'application/problem+json', body: JSON.stringify({ code: 'BUSY', title: 'later' }) };
  await page.route('**/sync/orders', (route) => route.fulfill({ status: 503, ...problem }));
  await sellQuickly(till, 1);
  await till.tap('open-sync-centre');
  await till.see('link-card', { connection: 'degraded' });
  assert.match(await till.root.getByTestId('link-card').innerText(), /Shaky network/);
  await till.see('money-at-risk', { minor: soupAndWineMinor + tipMinor });
  await till.see('storage-state', { state: 'ok' });
  await page.unroute('**/sync/orders');
  await till.tap('sync-now');
  await till.see('money-at-risk', { minor: 0 });
  await till.see('orders-here', { count: 0 });
  await till.root.getByTestId('ticket-search').fill('A-0001');
  await till.tap('found-A-0001');
  const states = await till.root
    .getByTestId('journey-step')
    .evaluateAll((steps) => steps.map((step) => step.getAttribute('data-state')));
  assert.deepEqual(
    states,
    Array.from({ length: 6 }, () => 'applied'),
  );
});

test('a till whose clock is seven minutes slow says so, and one whose clock is right says nothing', async (context) => {
  const server = await startLocalServer({ withDemo: true });
  context.after(() => server.stop());
  const browser = await startChromium();
  context.after(() => browser.close());
  const { devices } = await openRestaurant(server, ['Till A', 'Till B']);
  for (const [name, slowMs] of [['Till A', 420_000] as const, ['Till B', 0] as const]) {
    const window = await browser.newContext({ viewport: { width: 390, height: 844 }, serviceWorkers: 'block' });
    await window.addInitScript((ms: number) => {
      const now = Date.now;
      Date.now = () => now() - ms;
    }, slowMs);
    const till = await openTill(window, server, devices, name);
    await till.tap('open-sync-centre');
    await till.see('storage-state', { state: 'ok' });
    const warnings = await till.root.getByTestId('clock-offset').allInnerTexts();
    assert.equal(warnings.length, slowMs === 0 ? 0 : 1);
    if (slowMs > 0) assert.match(warnings.join(), /clock is 7 min slow/);
  }
});
