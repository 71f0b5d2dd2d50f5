/** The sale that runs of kills repeat: five saves, each of which is seen in the order, so that none can be half there. Also part of the tiny app's page. */
import type { Orders, OrderView } from '@auraconnect/offline-sync';

/** The ids of one sale, made before it begins. */
export interface Sale {
  readonly orderId: string;
  readonly lineId: string;
  readonly paymentId: string;
}

/** A soup, then two: 1450 and 8.25 %, which is 119.625, so 120. */
export const saleTotalMinor = 1570;

/** What each save does, in order, as the server's journal calls it. */
export const saves = ['open', 'add_line', 'set_qty', 'add_payment', 'close'] as const;

/** Ids for the `number`th sale of a run; no two runs on one server share a `run`. */
export function saleOf(run: number, number: number): Sale {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const id = (kind: number): string => `0199f7a0-${hex(run, 4)}-7000-8${hex(kind, 3)}-${hex(number, 12)}`;
  return { orderId: id(1), lineId: id(2), paymentId: id(3) };
}

/** The commands of a sale, one for each save; each must be given after the one before, but need not wait for it. */
export function commandsOf(orders: Orders, { orderId, lineId, paymentId }: Sale): (() => Promise<OrderView>)[] {
  return [
    () => orders.open({ orderId, tableId: 'tbl_4' }),
    () => orders.addLine(orderId, { lineId, itemId: 'it_soup' }),
    () => orders.setQty(orderId, lineId, 2),
    () => orders.addPayment(orderId, { paymentId, type: 'cash', amountMinor: saleTotalMinor }),
    () => orders.close(orderId),
  ];
}
