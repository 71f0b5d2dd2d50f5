/** A restaurant with two tills on one page in Chromium, closed with the test. */
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { type LocalServer, startLocalServer } from '../server/local_server.ts';
import { openRestaurant, type Restaurant } from '../server/restaurant.ts';
import { startChromium } from './chromium.ts';
import { type DemoTill, openTwoTills } from './demo_page.ts';

export interface TwoTills {
  readonly server: LocalServer;
  readonly restaurant: Restaurant;
  readonly page: Page;
  readonly tills: readonly [DemoTill, DemoTill];
  /** What the page's Content Security Policy kept it from doing. */
  readonly violations: readonly string[];
}

/** Opens `/two-tills` at 1440 × 900; further devices are enrolled under the names given. */
export async function startTwoTills(context: TestContext, furtherDevices: readonly string[] = []): Promise<TwoTills> {
  const server = await startLocalServer({ withDemo: true });
  context.after(() => server.stop());
  const browser = await startChromium();
  context.after(() => browser.close());
  const ids = { tenant_id: 'ten_saltmarsh', location_id: 'loc_quay' };
  const restaurant = await openRestaurant(server, ['Till A', 'Till B', ...furtherDevices], ids);
  const window = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  const { page, tills, violations } = await openTwoTills(window, server, restaurant.devices.slice(0, 2));
  return { server, restaurant, page, tills, violations };
}
