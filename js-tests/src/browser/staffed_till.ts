/** A till of a restaurant whose people sign in, alone in Chromium, closed with the test. */
import type { TestContext } from 'node:test';
import type { Engine } from '@auraconnect/offline-sync';
import type { Page } from 'playwright-core';
import { type LocalServer, startLocalServer } from '../server/local_server.ts';
import { openRestaurant, type Restaurant } from '../server/restaurant.ts';
import { startChromium } from './chromium.ts';
import { type DemoPins, type DemoTill, openTill } from './demo_page.ts';

/** Whoever works in these tests. */
const people = [
  { staff_id: 'stf_mara', display: 'Mara V.', role: 'server', pin: '4826' },
  { staff_id: 'stf_ines', display: 'Ines K.', role: 'bartender', pin: '7391' },
  { staff_id: 'stf_odell', display: 'Odell P.', role: 'manager', pin: '590317' },
] as const;

export type StaffId = (typeof people)[number]['staff_id'];

const demoPins: DemoPins = Object.fromEntries(people.map(({ staff_id, pin }) => [staff_id, pin]));

/** A till before anybody has signed in. */
export interface StaffedTill {
  readonly server: LocalServer;
  readonly restaurant: Restaurant;
  readonly page: Page;
  readonly till: DemoTill;
  /** What the page's Content Security Policy kept it from doing. */
  readonly violations: readonly string[];
}

/** Opens Till A alone at 1280 × 800, which has heard who works here, and pulls its cable. */
export async function startStaffedTill(context: TestContext): Promise<StaffedTill> {
  const server = await startLocalServer({ withDemo: true });
  context.after(() => server.stop());
  const browser = await startChromium();
  context.after(() => browser.close());
  const ids = { tenant_id: 'ten_saltmarsh', location_id: 'loc_quay' };
  const restaurant = await openRestaurant(server, ['Till A', 'Till B'], ids);
  for (const person of people) await restaurant.asAdmin('POST', '/admin/staff', person);
  const room = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: 'block' });
  const violations: string[] = [];
  room.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text());
  });
  const till = await openTill(room, server, restaurant.devices, 'Till A', demoPins);
  await till.see('sign-in', { step: 'people' });
  const { page } = till;
  await room.setOffline(true);
  return { server, restaurant, page, till, violations };
}

/** Presses somebody's PIN on the pad that is open, without the key that gives it. */
export async function pressPin(till: DemoTill, pin: string): Promise<void> {
  for (const digit of pin) await till.tap(`pin-${digit}`);
}

/** Signs somebody in by the pad. */
export async function signIn(till: DemoTill, staffId: StaffId): Promise<void> {
  await till.tap(`person-${staffId}`);
  await pressPin(till, demoPins[staffId] ?? '');
  await till.tap('sign-in-confirm');
  await till.see('who-works', { staff: staffId });
}

/** What the engine of the till says of whoever has signed in. */
export function signedIn(till: DemoTill): Promise<string | null> {
  return till.work((engine: Engine) => engine.staff.current()?.staffId ?? null, null);
}
