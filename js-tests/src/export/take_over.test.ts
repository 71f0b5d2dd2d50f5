import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportFile, importFile, makeExportKeys } from '@auraconnect/offline-sync/export';
import { only, sharedServer } from '../engine/shared_server.ts';
import { openReadyTill } from '../engine/till.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { cheap } from './paper_engine.ts';
import { strandedTill, unsettledIds } from './stranded_till.ts';

const server = sharedServer();
const passphrase = 'quay lantern oyster nine';
const canary = 'no nuts for Mr Oyelaran-Whitby';

test('a file taken over twice is taken over once', async () => {
  const { tillA, tillB, sold } = await strandedTill(server());
  const file = await exportFile(tillA, { passphrase, ...cheap });
  tillB.setConnection('offline');
  for (const till of [tillA, tillB, tillB]) await importFile(till, file, { passphrase });
  assert.deepEqual([tillA.status().queueDepth, tillB.status().queueDepth], [8, 8]);
  assert.deepEqual(unsettledIds(tillB), unsettledIds(tillA));
  assert.deepEqual(tillB.orders.list(), tillA.orders.list());
  assert.equal(tillB.orders.list().length, sold.length);
});

test('a till of another restaurant takes nothing over', async () => {
  const { tillA } = await strandedTill(server());
  const file = await exportFile(tillA, { passphrase, ...cheap });
  const elsewhere = await openRestaurant(server(), ['Till C']);
  const tillC = await openReadyTill(server().url, only(elsewhere.devices));
  await assert.rejects(importFile(tillC, file, { passphrase }), { name: 'EngineError', code: 'IMPORT_INVALID' });
  assert.deepEqual([tillC.status().queueDepth, tillC.orders.list()], [0, []]);
});

test('a sealed file of something else than an export is refused, and nothing is taken over', async () => {
  const { tillA, tillB } = await strandedTill(server());
  const exported = JSON.parse(tillA.exportUnsynced()) as Record<string, unknown>;
  const others = ['', 'guests: 4', '[]', '{"format":1}', JSON.stringify({ ...exported, format: 2 })];
  for (const other of others) {
    const file = await exportFile({ exportUnsynced: () => other }, { passphrase, ...cheap });
    const refusal = { name: 'EngineError', code: 'IMPORT_INVALID' };
    await assert.rejects(importFile(tillB, file, { passphrase }), refusal, JSON.stringify(other));
  }
  assert.deepEqual([tillB.status().queueDepth, tillB.orders.list()], [0, []]);
});

test('nothing that was entered at a till, nor its token, can be read in its file', async () => {
  const { restaurant, tillA, sold } = await strandedTill(server());
  await tillA.orders.addNote((await tillA.orders.open({ tableId: 'tbl_9' })).orderId, canary);
  const { deviceToken, deviceId } = only(restaurant.devices);
  const clear = tillA.exportUnsynced();
  assert.ok(clear.includes(canary) && clear.includes('stf_mara'), 'the canaries are there to be found');
  assert.ok(!clear.includes(deviceToken), 'a token never leaves its device');
  const { recipient } = await makeExportKeys();
  for (const seal of [{ recipient }, { passphrase, ...cheap }]) {
    const file = Buffer.from(await exportFile(tillA, seal));
    assert.ok(file.toString('latin1').startsWith('age-encryption.org/v1\n'));
    const canaries = [
      canary,
      'stf_mara',
      'it_soup',
      'add_payment',
      'tbl_7',
      deviceId,
      deviceToken,
      restaurant.tenantId,
    ];
    for (const each of [...canaries, sold[0]?.orderId ?? '', passphrase]) {
      for (const encoding of ['utf8', 'base64', 'hex'] as const) {
        assert.ok(!file.includes(Buffer.from(each).toString(encoding)), `${each} as ${encoding}`);
      }
    }
  }
});
