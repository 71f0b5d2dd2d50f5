import type { EnginePort } from '../engine_port.js';
import type { EngineEvent, OrderView } from '../types.js';

/** What listeners must hear when an app reads from another handle than before. */
export function changesBetween(before: EnginePort, after: EnginePort): EngineEvent[] {
  const [old, now] = [ordersOf(before), ordersOf(after)];
  const ids = new Set([...old.keys(), ...now.keys()]);
  const orderIds = [...ids].filter((id) => old.get(id) !== now.get(id));
  const events: EngineEvent[] = [{ type: 'status_changed' }];
  if (orderIds.length > 0) events.push({ type: 'orders_changed', orderIds });
  const [menu, conflicts] = ['{"type":"menu"}', '{"type":"conflicts"}'];
  if (before.query(menu) !== after.query(menu)) events.push({ type: 'menu_changed' });
  if (before.query(conflicts) !== after.query(conflicts)) events.push({ type: 'conflicts_changed' });
  return events;
}

/** Every order as text, by its id. */
function ordersOf(port: EnginePort): Map<string, string> {
  const orders = JSON.parse(port.query('{"type":"orders","filter":{}}')) as OrderView[];
  return new Map(orders.map((order) => [order.orderId, JSON.stringify(order)]));
}
