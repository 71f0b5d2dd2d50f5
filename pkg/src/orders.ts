import type { Orders, OrderView } from './types.js';

/** Gives a command to the core. */
export type GiveCommand = <View>(body: Record<string, unknown>) => Promise<View>;
/** Reads the working set. */
export type AskQuery = <View>(body: Record<string, unknown>) => View;

/** The face of orders over the core's commands and queries. */
export function createOrders(command: GiveCommand, query: AskQuery): Orders {
  return {
    open: (args = {}) => command({ type: 'open_order', ...args }),
    addLine: (orderId, args) => command({ type: 'add_line', orderId, ...args }),
    setQty: (orderId, lineId, qty) => command({ type: 'set_qty', orderId, lineId, qty }),
    voidLine: (orderId, lineId, reason) => command({ type: 'void_line', orderId, lineId, reason }),
    addPayment: (orderId, { type, ...args }) => command({ type: 'add_payment', orderId, paymentType: type, ...args }),
    close: (orderId) => command({ type: 'close_order', orderId }),
    get: (orderId) => query<OrderView | null>({ type: 'order', orderId }) ?? undefined,
    list: (filter = {}) => query({ type: 'orders', filter }),
  };
}
