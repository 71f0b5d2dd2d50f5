import { test } from 'node:test';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { startChromium } from './chromium.ts';
import { openTill } from './demo_page.ts';

test("two browsers see each other's orders while they are open", async (context) => {
  const server = await startLocalServer({ withDemo: true });
  context.after(() => server.stop());
  const { devices } = await openRestaurant(server, ['Till A', 'Till B']);
  const [browserA, browserB] = [await startChromium(), await startChromium()];
  context.after(() => Promise.all([browserA.close(), browserB.close()]));
  const window = { viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' } as const;
  const tillA = await openTill(await browserA.newContext(window), server, devices, 'Till A');
  const tillB = await openTill(await browserB.newContext(window), server, devices, 'Till B');

  await tillA.tap('table-tbl_4');
  await tillA.tap('item-it_soup');
  await tillB.see('table-tbl_4', { state: 'open' });
  await tillB.tap('table-tbl_4');
  await tillB.seeLines(1);
  await tillB.tap('item-it_bread');
  await tillA.seeLines(2);
});
