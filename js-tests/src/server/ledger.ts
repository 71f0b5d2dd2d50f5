/** What the server holds of one tenant, read from its tables and not through its interface. */
import type { LocalServer } from './local_server.ts';

/** One row of the journal. */
export interface Operation {
  readonly mutationId: string;
  readonly deviceId: string;
  readonly incarnation: string;
  readonly stream: 'orders' | 'shifts';
  readonly seq: number;
  readonly recordId: string;
  readonly source: 'mobile_offline' | 'mobile_online';
  readonly outcome: string;
  /** The verdict as JSON, without whether it is a repeat, which the journal never says. */
  readonly verdict: string;
  /** The mutation as it was sent. */
  readonly change: { readonly type: string; readonly [field: string]: unknown };
}

/** An order as the server keeps it. */
export interface ServerOrder {
  readonly order_id: string;
  readonly ticket_no: string;
  /** What was done with the order as a whole, by epoch. */
  readonly epochs: Readonly<Record<string, { readonly closed?: unknown; readonly voided?: unknown }>>;
  readonly lines: Readonly<Record<string, { readonly item_id: string; readonly qty_added: number }>>;
  /** Absent where there is none. */
  readonly payments?: Readonly<Record<string, { readonly amount_minor: number; readonly tip_minor: number }>>;
}

/** One person's punches of one business date, as the server keeps them, by their ids. */
export interface ServerShift {
  readonly punches: Readonly<Record<string, unknown>>;
}

/** The journal, the orders and the punches. */
export interface Ledger {
  /** By device, stream and sequence number. */
  readonly operations: readonly Operation[];
  readonly orders: readonly ServerOrder[];
  readonly shifts: readonly ServerShift[];
}

/** Reads a tenant's journal, orders and punches. */
export async function ledgerOf(server: Pick<LocalServer, 'sql'>, tenantId: string): Promise<Ledger> {
  const operations = await server.sql<Record<string, string | number>>(
    'SELECT * FROM operations WHERE tenant_id = ?1 ORDER BY device_id, stream, incarnation, seq',
    tenantId,
  );
  const recordsOf = async <Stored>(collection: string): Promise<Stored[]> => {
    const records = await server.sql<{ record: string }>(
      'SELECT record FROM records WHERE tenant_id = ?1 AND collection = ?2 ORDER BY record_id',
      tenantId,
      collection,
    );
    return records.map(({ record }) => JSON.parse(record) as Stored);
  };
  return {
    operations: operations.map((row) => ({
      mutationId: String(row['mutation_id']),
      deviceId: String(row['device_id']),
      incarnation: String(row['incarnation']),
      stream: row['stream'] as Operation['stream'],
      seq: Number(row['seq']),
      recordId: String(row['record_id']),
      source: row['source'] as Operation['source'],
      ...verdictIn(String(row['verdict'])),
      change: (JSON.parse(String(row['body'])) as { change: Operation['change'] }).change,
    })),
    orders: await recordsOf<ServerOrder>('orders'),
    shifts: await recordsOf<ServerShift>('shifts'),
  };
}

function verdictIn(text: string): Pick<Operation, 'outcome' | 'verdict'> {
  const { replayed: _, ...verdict } = JSON.parse(text) as { outcome: string; replayed: boolean };
  return { outcome: verdict.outcome, verdict: JSON.stringify(verdict) };
}

/** Everything that was paid towards bills, in minor units. */
export function paidMinor(orders: readonly ServerOrder[]): number {
  const payments = orders.flatMap((order) => Object.values(order.payments ?? {}));
  return payments.reduce((sum, payment) => sum + payment.amount_minor, 0);
}

/** How many rows each table of the server holds. */
export async function rowCounts(server: Pick<LocalServer, 'sql'>): Promise<Record<string, number>> {
  const tables = await server.sql<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await server.sql<{ count: number }>(`SELECT count(*) AS count FROM "${name}"`);
    counts[name] = row?.count ?? -1;
  }
  return counts;
}
