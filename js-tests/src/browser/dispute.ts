/** What two tills of one restaurant do to the same two tables while neither hears of the other. */
import type { Engine } from '@auraconnect/offline-sync';
import type { DemoTill } from './demo_page.ts';

/** A table that both tills know, with one soup on it: 725 and 8.25 %, 785. */
export interface SharedTable {
  readonly orderId: string;
  readonly lineId: string;
}

export const soupMinor = 785;
/** A glass of wine, 880 and 11 % of tax, which is 96.8: 977. */
export const wineMinor = 977;

export const noteOfA = 'Nut allergy at seat 2';
export const noteOfB = 'Birthday: candle with the dessert';

/** Opens the table on one till, and waits until the other one has it too. */
export async function openSharedTable(on: DemoTill, other: DemoTill, tableId: string): Promise<SharedTable> {
  const table = await on.work(async ({ orders }: Engine, at: string) => {
    const { orderId } = await orders.open({ tableId: at, guests: 2 });
    const { lines } = await orders.addLine(orderId, { itemId: 'it_soup' });
    return { orderId, lineId: lines[0]?.lineId ?? '' };
  }, tableId);
  await other.page.waitForFunction(
    ([name, orderId]) => window.auraTills?.[name ?? '']?.orders.get(orderId ?? '')?.lines.length === 1,
    [other.name, table.orderId],
  );
  await on.see('queue-depth', { depth: 0 });
  return table;
}

/** Takes the money for the soup and closes the order. Two commands. */
export function payAndClose(till: DemoTill, table: SharedTable): Promise<void> {
  return till.work(async ({ orders }: Engine, { orderId }: SharedTable) => {
    const paid = orders.get(orderId)?.totals.balanceMinor ?? 0;
    await orders.addPayment(orderId, { type: 'cash', amountMinor: paid });
    await orders.close(orderId);
  }, table);
}

export function addWine(till: DemoTill, table: SharedTable): Promise<void> {
  return till.work(async ({ orders }: Engine, { orderId }: SharedTable) => {
    await orders.addLine(orderId, { itemId: 'it_wine' });
  }, table);
}

export function writeNote(till: DemoTill, table: SharedTable, note: string): Promise<void> {
  return till.work(
    async ({ orders }: Engine, wish: { orderId: string; note: string }) => {
      await orders.addNote(wish.orderId, wish.note);
    },
    { orderId: table.orderId, note },
  );
}

export function moveTable(till: DemoTill, table: SharedTable, tableId: string): Promise<void> {
  return till.work(
    async ({ orders }: Engine, wish: { orderId: string; tableId: string }) => {
      await orders.moveTable(wish.orderId, wish.tableId);
    },
    { orderId: table.orderId, tableId },
  );
}

/** Tells the kitchen, from where on the line's quantity is frozen. */
export function fire(till: DemoTill, table: SharedTable): Promise<void> {
  return till.work(async ({ orders }: Engine, { orderId }: SharedTable) => {
    await orders.fire(orderId);
  }, table);
}

export function setQty(till: DemoTill, table: SharedTable, qty: number): Promise<void> {
  return till.work(
    async ({ orders }: Engine, wish: SharedTable & { qty: number }) => {
      await orders.setQty(wish.orderId, wish.lineId, wish.qty);
    },
    { ...table, qty },
  );
}
