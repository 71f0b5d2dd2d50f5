/** What two tills sell during an outage, and what that must come to. */
import type { Engine } from '@auraconnect/offline-sync';
import type { DemoTill } from './demo_page.ts';

/** What was done on one till: to be found again on the server, no more and no less. */
export interface Sales {
  readonly commands: number;
  readonly paidMinor: number;
}

/**
 * Soup 725, burger 1450 with cheddar 150: 2325; 8.25 % of it is 191.8125, so 192 tax.
 */
export const soupAndBurgerMinor = 2517;

/** Sells a soup and a burger by hand: a table, two dishes, the cooking, cash, close. Five commands. */
export async function sellByHand(till: DemoTill, tableId: string): Promise<Sales> {
  await till.tap(`table-${tableId}`);
  await till.tap('item-it_soup');
  await till.seeLines(1);
  await till.tap('item-it_burger');
  await till.tap('option-mo_med');
  await till.tap('option-mo_cheddar');
  await till.tap('add-to-bill');
  await till.seeLines(2);
  await till.see('bill-total', { minor: soupAndBurgerMinor });
  await till.tap('pay');
  await till.tap('pay-cash-exact');
  await till.tap('pay-confirm');
  await till.see('bill-balance', { minor: 0 });
  await till.tap('close-order');
  await till.see('floor');
  return { commands: 5, paidMinor: soupAndBurgerMinor };
}

/**
 * Sells a soup and two glasses of wine through the engine, half in cash and half by card with a tip. Six commands. Soup 725
 * and 8.25 %, which is 59.8125, so 60; wine 2 × 880 and 11 %, which is 193.6, so 194: 725 + 60 + 1760 + 194.
 */
export const soupAndWineMinor = 2739;

/** The tip that goes with each of them. */
export const tipMinor = 300;

/** Sells `count` times a soup and two glasses of wine. */
export async function sellQuickly(till: DemoTill, count: number): Promise<Sales> {
  const paidMinor = await till.work(async ({ orders }: Engine, times: number) => {
    let paid = 0;
    for (let time = 0; time < times; time += 1) {
      const { orderId } = await orders.open({ tableId: `tbl_${(time % 4) + 9}`, guests: 2 });
      await orders.addLine(orderId, { itemId: 'it_soup' });
      const { totals } = await orders.addLine(orderId, { itemId: 'it_wine', qty: 2, note: 'two glasses' });
      const cash = Math.floor(totals.balanceMinor / 2);
      await orders.addPayment(orderId, { type: 'cash', amountMinor: cash, tenderedMinor: 2000 });
      const card = totals.balanceMinor - cash;
      await orders.addPayment(orderId, { type: 'card_external', amountMinor: card, tipMinor: 300 });
      const closed = await orders.close(orderId);
      paid += closed.totals.paidMinor;
    }
    return paid;
  }, count);
  return { commands: 6 * count, paidMinor };
}

/** Seats guests at these tables who order a bowl and have not paid yet. Two commands a table. */
export async function seatGuests(till: DemoTill, tables: readonly string[]): Promise<Sales> {
  await till.work(async ({ orders }: Engine, places: readonly string[]) => {
    for (const tableId of places) {
      const { orderId } = await orders.open({ tableId, guests: 2 });
      await orders.addLine(orderId, { itemId: 'it_grain', qty: 2, optionIds: ['mo_egg'] });
    }
  }, tables);
  return { commands: 2 * tables.length, paidMinor: 0 };
}

/** Everything together. */
export function together(...sales: readonly Sales[]): Sales {
  const sum = (part: (sales: Sales) => number): number => sales.reduce((total, each) => total + part(each), 0);
  return { commands: sum((each) => each.commands), paidMinor: sum((each) => each.paidMinor) };
}
