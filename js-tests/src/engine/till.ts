/** A till in Node: the package's engine on a store in memory, talking to the real server. */
import { memoryStorage, openEngine } from '@auraconnect/offline-sync';
import type { Engine, EngineOptions, OrderView } from '@auraconnect/offline-sync';
import type { DeviceEnrolment } from '../server/restaurant.ts';
import { until } from '../until.ts';

/** No till of a test pulls by itself while the test runs, unless it asks for that. */
const pullIntervalMs = 3_600_000;

/** What a test needs of a build of the package. */
export interface App {
  readonly openEngine: typeof openEngine;
  readonly memoryStorage: typeof memoryStorage;
}

/** The package as the tree builds it. */
export const appOfTheTree: App = { openEngine, memoryStorage };

const open = new Set<Engine>();

/** Closes every till that a test has opened, so that a failed test leaves nothing running. */
export async function closeTills(): Promise<void> {
  const opened = [...open];
  open.clear();
  await Promise.all(opened.map((till) => till.close()));
}

/** Opens a till that may have nothing yet, e.g. because its server is away. */
export async function openTill(
  serverUrl: string,
  enrolment: DeviceEnrolment,
  options: Partial<EngineOptions> = {},
  app: App = appOfTheTree,
): Promise<Engine> {
  const till = await app.openEngine({
    storage: app.memoryStorage(),
    serverUrl,
    enrolment,
    staffId: 'stf_mara',
    appVersion: 'js-tests/0.1.0',
    pullIntervalMs,
    // Nor is it poked: what a test does not do, nobody does.
    live: false,
    ...options,
  });
  open.add(till);
  return till;
}

/** Opens a till and waits for its menu: from then on it can sell. */
export async function openReadyTill(...args: Parameters<typeof openTill>): Promise<Engine> {
  const till = await openTill(...args);
  await until('the till has its menu', () => till.menu());
  await until('the first exchange is over', () => !till.status().exchanging);
  return till;
}

/** Has the till exchange now and waits until everything it holds is settled. */
export async function drained(till: Engine): Promise<void> {
  till.setConnection('online');
  till.syncNow();
  await until('the queue is empty', () => {
    const { queueDepth, exchanging, lastErrorCode } = till.status();
    return queueDepth === 0 && !exchanging && lastErrorCode === null;
  });
}

/** What a till would be sold: a soup, 725 and 8.25 % of tax, which is 59.8125, so 60: 785. */
export const soup = { itemId: 'it_soup', totalMinor: 785 } as const;

/** Opens an order, adds a soup, takes the exact sum in cash and closes it: four commands. */
export async function sellSoup(till: Engine): Promise<OrderView> {
  const { orderId } = await till.orders.open({ tableId: 'tbl_7' });
  await till.orders.addLine(orderId, { itemId: soup.itemId });
  await till.orders.addPayment(orderId, { type: 'cash', amountMinor: soup.totalMinor });
  return till.orders.close(orderId);
}
