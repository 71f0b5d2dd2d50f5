import assert from 'node:assert/strict';
import { test } from 'node:test';
import { only, sharedServer } from '../engine/shared_server.ts';
import { disagreements } from './agreement.ts';
import { RawDevice, readReply } from './blackbox/raw_device.ts';
import { openRestaurant } from './restaurant.ts';

const server = sharedServer();

/** How tables can come to disagree, as a bug would leave them, and how they agree again. */
const damages: readonly (readonly [what: string, damage: string, mend: string, found: RegExp])[] = [
  [
    'a watermark ahead of the journal',
    'UPDATE streams SET acked_seq = acked_seq + 1',
    'UPDATE streams SET acked_seq = acked_seq - 1',
    /without a hole/,
  ],
  [
    'a watermark behind the journal',
    'UPDATE streams SET acked_seq = acked_seq - 1',
    'UPDATE streams SET acked_seq = acked_seq + 1',
    /outside a stream/,
  ],
  [
    'a head ahead of the last change',
    'UPDATE locations SET head = head + 1',
    'UPDATE locations SET head = head - 1',
    /head is the number/,
  ],
  [
    'an order that claims a mutation which was rejected',
    `UPDATE records SET sources = (SELECT json_group_object(key, value + 1) FROM json_each(sources)) WHERE collection = 'orders'`,
    `UPDATE records SET sources = (SELECT json_group_object(key, value - 1) FROM json_each(sources)) WHERE collection = 'orders'`,
    /how far it holds it/,
  ],
  [
    'a version that no mutation made',
    `UPDATE records SET rev = rev + 1 WHERE collection = 'orders'`,
    `UPDATE records SET rev = rev - 1 WHERE collection = 'orders'`,
    /versions of an order/,
  ],
  [
    'an order without its lines',
    `UPDATE records SET record = json_set(record, '$.kept', json_extract(record, '$.lines'), '$.lines', json('{}')) WHERE collection = 'orders'`,
    `UPDATE records SET record = json_set(record, '$.lines', json_extract(record, '$.kept')) WHERE collection = 'orders'`,
    /lines and payments/,
  ],
];

test('tables that a bug left in disagreement are found, each kind by its law', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const device = new RawDevice(server().url, only(devices));
  readReply(await device.exchange([device.opens(1), device.addsLine(1), device.voidsNothing(1)]));
  assert.deepEqual(await disagreements(server()), []);
  for (const [what, damage, mend, found] of damages) {
    await server().sql(damage);
    assert.match((await disagreements(server())).join('\n'), found, what);
    await server().sql(mend);
    assert.deepEqual(await disagreements(server()), [], `${what}, mended`);
  }
});
