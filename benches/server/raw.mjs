// What a reasonable developer writes by hand to store the same rows: one batch of plain prepared statements, either one for
// each row, or one for each table with its rows as JSON. It asks nobody who they are, reads nothing, guards nothing, decides
// nothing and answers nothing.

const operationColumns = [
  ...['tenant_id', 'device_id', 'location_id', 'stream', 'incarnation', 'seq', 'mutation_id', 'record_id'],
  ...['source', 'actor', 'received_at', 'body_hash', 'verdict', 'body'],
];
const recordColumns = [
  ...['tenant_id', 'location_id', 'collection', 'record_id', 'rev', 'changed_seq', 'record_bytes', 'ticket_key'],
  ...['sources', 'record'],
];
const recordAgain = `ON CONFLICT (tenant_id, location_id, collection, record_id) DO UPDATE SET
  rev = excluded.rev, changed_seq = excluded.changed_seq, record_bytes = excluded.record_bytes,
  ticket_key = excluded.ticket_key, sources = excluded.sources, record = excluded.record`;

const places = (columns) => columns.map((_, place) => `?${place + 1}`).join(', ');
const fields = (columns) => columns.map((column) => `json_extract(value, '$.${column}')`).join(', ');

const sql = {
  operation: `INSERT INTO operations (${operationColumns}) VALUES (${places(operationColumns)})`,
  record: `INSERT INTO records (${recordColumns}) VALUES (${places(recordColumns)}) ${recordAgain}`,
  operations: `INSERT INTO operations (${operationColumns}) SELECT ${fields(operationColumns)} FROM json_each(?1)`,
  records: `INSERT INTO records (${recordColumns}) SELECT ${fields(recordColumns)} FROM json_each(?1) WHERE true ${recordAgain}`,
  head: 'UPDATE locations SET head = ?3 WHERE tenant_id = ?1 AND location_id = ?2',
  watermark: `INSERT INTO streams (tenant_id, device_id, stream, incarnation, acked_seq) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (tenant_id, device_id, stream, incarnation) DO UPDATE SET acked_seq = excluded.acked_seq`,
};

/** `/raw/each` or `/raw/json`, each with a database of its own. */
export async function writeRaw(request, env, pathname) {
  const { operations, records, location, stream } = await request.json();
  const each = pathname === '/raw/each';
  const database = each ? env.RAW_EACH : env.RAW_JSON;
  const bound = (statement, columns) => (row) => database.prepare(statement).bind(...columns.map((name) => row[name]));
  const rows = each
    ? [...operations.map(bound(sql.operation, operationColumns)), ...records.map(bound(sql.record, recordColumns))]
    : [
        database.prepare(sql.operations).bind(JSON.stringify(operations)),
        database.prepare(sql.records).bind(JSON.stringify(records)),
      ];
  const { tenant_id, location_id, head } = location;
  await database.batch([
    ...rows,
    database.prepare(sql.head).bind(tenant_id, location_id, head),
    database
      .prepare(sql.watermark)
      .bind(stream.tenant_id, stream.device_id, stream.stream, stream.incarnation, stream.acked_seq),
  ]);
  return Response.json({ stored: operations.length });
}
