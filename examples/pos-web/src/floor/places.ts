import type { OrderView } from '@auraconnect/offline-sync';
import { readableId } from '../app/demoTills.ts';

/** A table of the room. */
export interface Table {
  readonly tableId: string;
  readonly label: string;
  readonly seats: number;
}

/** A part of the room. */
export interface Area {
  readonly name: string;
  readonly tables: readonly Table[];
}

function tables(from: number, to: number, seats: number): readonly Table[] {
  return Array.from({ length: to - from + 1 }, (_, place) => ({
    tableId: `tbl_${from + place}`,
    label: String(from + place),
    seats,
  }));
}

/** The twelve tables at Saltmarsh, Quay. */
export const AREAS: readonly Area[] = [
  { name: 'Window', tables: tables(1, 4, 2) },
  { name: 'Dining room', tables: tables(5, 10, 4) },
  { name: 'Long tables', tables: tables(11, 12, 8) },
];

/** `Table 12`, or how the guests eat when they sit nowhere. */
export function placeName(order: OrderView): string {
  if (order.tableId !== null) return tableName(order.tableId);
  return order.orderType === 'delivery' ? 'Delivery' : 'Takeaway';
}

export function tableName(tableId: string): string {
  return `Table ${readableId(tableId)}`;
}
