/**
 * Whether the server's tables agree with one another, read from the tables and not through its interface. Each law is one
 * statement that finds what breaks it; it holds at any moment between two transactions, after any kill.
 *
 * Streams of which an older incarnation was offered anew, or whose mutations another device carried, have their rows under
 * the stream that came first, and somebody's decision makes a version that no mutation made. The laws that count rows ask for
 * devices and people that did none of this: for plain streams.
 */
import type { LocalServer } from './local_server.ts';

const laws: readonly (readonly [law: string, finds: string, of?: 'plain streams'])[] = [
  [
    'every stream is decided without a hole, up to its watermark and no further',
    `SELECT s.device_id, s.stream, s.acked_seq, count(o.seq) AS rows, min(o.seq) AS first, max(o.seq) AS last
     FROM streams s LEFT JOIN operations o
       ON o.tenant_id = s.tenant_id AND o.device_id = s.device_id AND o.stream = s.stream AND o.incarnation = s.incarnation
     GROUP BY s.tenant_id, s.device_id, s.stream, s.incarnation
     HAVING count(o.seq) <> s.acked_seq OR (s.acked_seq > 0 AND (min(o.seq) <> 1 OR max(o.seq) <> s.acked_seq))`,
    'plain streams',
  ],
  [
    'no operation stands outside a stream',
    `SELECT o.device_id, o.seq FROM operations o LEFT JOIN streams s
       ON s.tenant_id = o.tenant_id AND s.device_id = o.device_id AND s.stream = o.stream AND s.incarnation = o.incarnation
     WHERE s.acked_seq IS NULL OR o.seq > s.acked_seq`,
  ],
  [
    "a location's head is the number of its last change, and no two records share a number",
    `SELECT l.location_id, l.head, max(r.changed_seq) AS last, count(r.changed_seq) AS records
     FROM locations l LEFT JOIN records r ON r.tenant_id = l.tenant_id AND r.location_id = l.location_id
     GROUP BY l.tenant_id, l.location_id
     HAVING coalesce(max(r.changed_seq), 0) <> l.head OR count(DISTINCT r.changed_seq) <> count(r.changed_seq)`,
  ],
  [
    'an order says of each stream how far it holds it, which is the last mutation of it that was applied',
    `WITH said AS (
       SELECT r.tenant_id, r.record_id, source.key AS source, source.value AS seq
       FROM records r, json_each(r.sources) source WHERE r.collection = 'orders'
     ), applied AS (
       SELECT tenant_id, record_id, device_id || '/' || incarnation AS source, max(seq) AS seq
       FROM operations WHERE json_extract(verdict, '$.outcome') = 'applied' AND stream = 'orders'
       GROUP BY tenant_id, record_id, device_id, incarnation
     )
     SELECT coalesce(s.record_id, a.record_id) AS record_id, s.seq AS said, a.seq AS applied
     FROM said s FULL JOIN applied a
       ON a.tenant_id = s.tenant_id AND a.record_id = s.record_id AND a.source = s.source
     WHERE s.seq IS NOT a.seq`,
    'plain streams',
  ],
  [
    'the versions of an order are 1, 2, 3, … and each belongs to one applied mutation',
    `SELECT r.record_id, r.rev, count(o.seq) AS applied, max(json_extract(o.verdict, '$.rev')) AS last
     FROM records r LEFT JOIN operations o
       ON o.tenant_id = r.tenant_id AND o.record_id = r.record_id AND o.location_id = r.location_id
       AND json_extract(o.verdict, '$.outcome') = 'applied'
     WHERE r.collection = 'orders'
     GROUP BY r.tenant_id, r.location_id, r.record_id
     HAVING count(DISTINCT json_extract(o.verdict, '$.rev')) <> r.rev OR count(o.seq) <> r.rev
       OR max(json_extract(o.verdict, '$.rev')) <> r.rev`,
    'plain streams',
  ],
  [
    'the lines and payments of an order are those of its applied mutations',
    `WITH held AS (
       SELECT r.tenant_id, r.record_id, line.key AS part FROM records r, json_each(r.record, '$.lines') line
       WHERE r.collection = 'orders'
       UNION ALL
       SELECT r.tenant_id, r.record_id, payment.key FROM records r, json_each(r.record, '$.payments') payment
       WHERE r.collection = 'orders'
     ), entered AS (
       SELECT tenant_id, record_id,
         coalesce(json_extract(body, '$.change.line_id'), json_extract(body, '$.change.payment_id')) AS part
       FROM operations
       WHERE json_extract(verdict, '$.outcome') = 'applied'
         AND json_extract(body, '$.change.type') IN ('add_line', 'add_payment')
     )
     SELECT coalesce(h.record_id, e.record_id) AS record_id, h.part AS held, e.part AS entered
     FROM held h FULL JOIN entered e ON e.tenant_id = h.tenant_id AND e.record_id = h.record_id AND e.part = h.part
     WHERE h.part IS NULL OR e.part IS NULL`,
    'plain streams',
  ],
  [
    'a verdict and its body speak of the row they stand in',
    `SELECT mutation_id, seq FROM operations
     WHERE json_extract(verdict, '$.id') IS NOT mutation_id OR json_extract(verdict, '$.seq') IS NOT seq
       OR json_extract(body, '$.id') IS NOT mutation_id OR json_extract(body, '$.seq') IS NOT seq
       OR coalesce(json_extract(body, '$.record_id'), '') IS NOT record_id`,
  ],
  ['what was asserted inside a transaction is gone with it', 'SELECT x FROM assert_ok'],
];

/** What breaks a law, as sentences with the rows at fault; empty where all agrees. */
export async function disagreements(
  server: Pick<LocalServer, 'sql'>,
  { plainStreams = true }: { readonly plainStreams?: boolean } = {},
): Promise<string[]> {
  const found: string[] = [];
  for (const [law, finds, of] of laws) {
    if (of === 'plain streams' && !plainStreams) continue;
    for (const row of (await server.sql(finds)).slice(0, 5)) found.push(`${law}: ${JSON.stringify(row)}`);
  }
  return found;
}
