import assert from 'node:assert/strict';
import { test } from 'node:test';
import { only, sharedServer } from '../engine/shared_server.ts';
import { ledgerOf } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { converse } from './conversation.ts';
import { hermesBinary } from './run_in_hermes.ts';

const skip = hermesBinary() === null ? 'the npm registry has no Hermes for this platform' : false;
const server = sharedServer();

test(
  'in Hermes a task drains the engine that is open, and a second one over its store is refused until it is closed',
  { skip },
  async () => {
    const { devices, tenantId } = await openRestaurant(server(), ['Till A']);
    const told = await converse(
      server().url,
      only(devices),
      `
    const { syncInBackground } = require('../../../pkg/dist/react-native/background.cjs');
    await until(() => engine.menu() !== undefined);
    link.up = false;
    await engine.orders.open({ tableId: 'tbl_12' });
    await until(() => engine.status().lastErrorCode !== null);
    link.up = true;
    const again = () => openEngine({
      storage: memoryStorage(), serverUrl: given.serverUrl, enrolment: given.enrolment, staffId: 'stf_mara', randomBytes,
      monotonicNow: () => ticks++, fetch: () => Promise.reject(new Error('no link')),
    });
    const refused = await again().then(() => 'opened', ({ code }) => code);
    const ends = [await syncInBackground(again), await syncInBackground(again, { current: () => engine })];
    const { queueDepth } = engine.status();
    await engine.close();
    const second = await again();
    await second.close();
    tell({ refused, ends, queueDepth });
    `,
    );
    assert.deepEqual(told, { refused: 'STORE_IN_USE', ends: ['failed', 'success'], queueDepth: 0 });
    assert.equal((await ledgerOf(server(), tenantId)).operations.length, 1);
  },
);
