import { EngineError } from './engine_error.js';
import type { AddLine, OpenOrder, Orders, OrderView } from './types.js';

/** Gives a command to the core, or several that take effect together or not at all. */
export type GiveCommand = <View>(body: Record<string, unknown> | readonly Record<string, unknown>[]) => Promise<View>;
/** Reads the working set. */
export type AskQuery = <View>(body: Record<string, unknown>) => View;

/** The face of orders over the core's commands and queries. */
export function createOrders(command: GiveCommand, query: AskQuery): Orders {
  return {
    open: ({ lines = [], ...args } = {}) => openWith(command, args, lines),
    addLine: (orderId, args) => command({ type: 'add_line', orderId, ...args }),
    setQty: (orderId, lineId, qty) => command({ type: 'set_qty', orderId, lineId, qty }),
    setModifiers: (orderId, lineId, optionIds) => command({ type: 'set_modifiers', orderId, lineId, optionIds }),
    voidLine: (orderId, lineId, reason) => command({ type: 'void_line', orderId, lineId, reason }),
    compLine: (orderId, lineId, reason) => command({ type: 'comp_line', orderId, lineId, reason }),
    fire: (orderId, args = {}) => command({ type: 'fire', orderId, ...args }),
    bump: (orderId, lineIds, to) => command({ type: 'bump', orderId, lineIds, to }),
    addNote: (orderId, note, lineId) => command({ type: 'add_note', orderId, note, lineId }),
    moveTable: (orderId, tableId) => command({ type: 'move_table', orderId, tableId }),
    transferServer: (orderId, serverId) => command({ type: 'transfer_server', orderId, serverId }),
    setGuests: (orderId, guests) => command({ type: 'set_guests', orderId, guests }),
    setOrderType: (orderId, orderType) => command({ type: 'set_order_type', orderId, orderType }),
    splitCheck: (orderId, args) => command({ type: 'split_check', orderId, ...args }),
    mergeChecks: (orderId, checkId, intoCheckId) => command({ type: 'merge_checks', orderId, checkId, intoCheckId }),
    addAdjustment: (orderId, { kind, ...args }) =>
      command({ type: 'add_adjustment', orderId, adjustmentKind: kind, ...args }),
    removeAdjustment: (orderId, adjustmentId) => command({ type: 'remove_adjustment', orderId, adjustmentId }),
    addPayment: (orderId, { type, ...args }) => command({ type: 'add_payment', orderId, paymentType: type, ...args }),
    markPayment: (orderId, paymentId, mark) => command({ type: 'mark_payment', orderId, paymentId, mark }),
    voidPayment: (orderId, paymentId, reason) => command({ type: 'void_payment', orderId, paymentId, reason }),
    addRefund: (orderId, { type, ...args }) => command({ type: 'add_refund', orderId, paymentType: type, ...args }),
    addTip: (orderId, args) => command({ type: 'add_tip', orderId, ...args }),
    adjustTip: (orderId, args) => command({ type: 'adjust_tip', orderId, ...args }),
    close: (orderId) => command({ type: 'close_order', orderId }),
    voidOrder: (orderId, reason) => command({ type: 'void_order', orderId, reason }),
    reopen: (orderId, reason) => command({ type: 'reopen_order', orderId, reason }),
    get: (orderId) => query<OrderView | null>({ type: 'order', orderId }) ?? undefined,
    list: (filter = {}) => query({ type: 'orders', filter }),
  };
}

/** Opens an order with its first lines in one commit. What is wrong with a line is said of `lines.0`, `lines.1`, and so on. */
async function openWith(
  command: GiveCommand,
  args: Omit<OpenOrder, 'lines'>,
  lines: readonly AddLine[],
): Promise<OrderView> {
  const open = { type: 'open_order', ...args };
  if (lines.length === 0) return command(open);
  try {
    return await command([open, ...lines.map((line) => ({ type: 'add_line', ...line }))]);
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.field === undefined) throw thrown;
    const { code, message, field, allowed } = thrown;
    const [, place, name] = /^(\d+)\.(.*)$/.exec(field) ?? [];
    const said = place === undefined || place === '0' ? (name ?? field) : `lines.${Number(place) - 1}.${name}`;
    throw new EngineError(code, message, { field: said, allowed });
  }
}
