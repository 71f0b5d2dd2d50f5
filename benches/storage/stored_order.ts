/**
 * Orders in the form in which the server keeps and sends them (form 2), made from the changes that the bench's tills send. Only
 * those changes: anything else is a mistake of the bench.
 */
import { items, known, menuVersion, options, taxes } from './menu.ts';
import { businessDate, type SoldOrder, totalOf } from './workload.ts';

/** A change as it travels; its fields are read where its type says what they are. */
export interface Change {
  readonly type: string;
  readonly [field: string]: unknown;
}
/** What surrounds a change. */
export interface Context {
  readonly stamp: string;
  readonly staffId: string;
  readonly at: string;
}
/** An order of form 2, as far as the bench makes one. */
export interface StoredOrder {
  readonly order_id: string;
  readonly guests: { value: number; stamp: string };
  readonly epochs: Record<string, { closed?: unknown; closed_total_minor?: unknown }>;
  readonly lines: Record<string, Record<string, unknown>>;
  fires?: Record<string, unknown>;
  payments?: Record<string, unknown>;
  readonly [field: string]: unknown;
}

/** What an order is after a change; `undefined` is an order that is not there yet. */
export function changed(
  order: StoredOrder | undefined,
  orderId: string,
  change: Change,
  context: Context,
): StoredOrder {
  const { stamp, staffId, at } = context;
  if (change.type === 'open') return opened(orderId, change, context);
  if (order === undefined) throw new Error(`${change.type} of an order that was never opened: ${orderId}`);
  const act = { by: staffId, at, stamp };
  switch (change.type) {
    case 'add_line': {
      const { type, line_id, qty, seat, note, modifiers, taxes, menu_version, unit_price_minor, ...rest } = change;
      if (seat !== null || note !== null) throw new Error('the bench sells without seats and notes');
      order.lines[String(line_id)] = {
        line_id,
        added: stamp,
        added_by: staffId,
        ...rest,
        qty_added: qty,
        unit_price_minor,
        modifiers,
        taxes,
        menu_version,
      };
      return order;
    }
    case 'fire': {
      const lines = change['lines'] as { line_id: string }[];
      order.fires = { ...order.fires, [String(change['fire_id'])]: { lines, fired: act } };
      for (const { line_id } of lines) (order.lines[line_id] as Record<string, unknown>)['kitchen'] = 'sent';
      return order;
    }
    case 'add_payment': {
      const { type, payment_id, payment_type, ...rest } = change;
      const payment = { payment_id, type: payment_type, ...rest, by: staffId, at, stamp };
      order.payments = { ...order.payments, [String(payment_id)]: payment };
      return order;
    }
    case 'close':
      order.epochs[String(change['epoch'])] = { closed: act, closed_total_minor: change['total_minor'] };
      return order;
    default:
      throw new Error(`the bench's server does not know ${change.type}`);
  }
}

function opened(orderId: string, change: Change, { stamp, staffId, at }: Context): StoredOrder {
  const { ticket_no, business_date, currency, order_type, table_id, guests } = change;
  return {
    schema: 2,
    order_id: orderId,
    ticket_no,
    device_id: stamp.slice(18),
    business_date,
    currency,
    opened_at: at,
    opened_by: staffId,
    order_type: { value: order_type, stamp },
    table_id: { value: table_id, stamp },
    guests: { value: Number(guests), stamp },
    server_id: { value: staffId, stamp },
    epochs: { '0': {} },
    lines: {},
  };
}

/** A workload's order that another till sold, was paid in cash and closed twelve minutes after it was opened. */
export function closedElsewhere(sold: SoldOrder, ticketNo: string, deviceId: string): StoredOrder {
  const staffId = 'stf_ines';
  let order: StoredOrder | undefined;
  const take = (change: Change, minutes: number, counter: number): StoredOrder => {
    const ms = sold.openedMs + minutes * 60_000;
    const context = { stamp: stampOf(ms, counter, deviceId), staffId, at: new Date(ms).toISOString() };
    return (order = changed(order, sold.orderId, change, context));
  };
  const { tableId, guests } = sold;
  const currency = { code: 'USD', exponent: 2 };
  const opening = { ticket_no: ticketNo, business_date: businessDate, currency, order_type: 'dine_in' };
  take({ type: 'open', ...opening, table_id: tableId, guests }, 0, 0);
  sold.lines.forEach(({ lineId, itemId, optionId, qty }, place) => {
    const item = known(items, itemId);
    const option = known(options, optionId);
    const { name, category, station, price_minor } = item;
    const line = { line_id: lineId, item_id: itemId, name, category, station, qty, unit_price_minor: price_minor };
    const modifiers = [{ option_id: option.id, name: option.name, price_minor: option.price_minor }];
    const borne = item.tax_ids.map((id) => ({ tax_id: id, rate_ppm: known(taxes, id).rate_ppm, mode: 'additive' }));
    const rest = { modifiers, taxes: borne, menu_version: menuVersion, seat: null, note: null };
    take({ type: 'add_line', ...line, ...rest }, 0, place + 1);
  });
  const total = totalOf(sold);
  const money = { payment_id: sold.paymentId, payment_type: 'cash', amount_minor: total, tendered_minor: null };
  take({ type: 'add_payment', ...money, tip_minor: 0 }, 12, 0);
  return take({ type: 'close', epoch: 0, total_minor: total }, 12, 1);
}

/** A stamp of a device's clock. */
export function stampOf(ms: number, counter: number, deviceId: string): string {
  return `${ms.toString(16).padStart(12, '0')}-${counter.toString(16).padStart(4, '0')}-${deviceId}`;
}
