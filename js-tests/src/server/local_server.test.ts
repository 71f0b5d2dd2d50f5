import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLocalServer } from './local_server.ts';
import { openRestaurant } from './restaurant.ts';

test('the worker answers in workerd, and each till of a new restaurant has a prefix of its own', async () => {
  const server = await startLocalServer();
  try {
    const health = (await (await fetch(`${server.url}/health`)).json()) as { status: string };
    assert.equal(health.status, 'ok');
    const { devices } = await openRestaurant(server, ['Till A', 'Till B']);
    assert.deepEqual(
      devices.map(({ devicePrefix }) => devicePrefix),
      ['A', 'B'],
    );
  } finally {
    await server.stop();
  }
});

test('a server that is started again on its files still knows its restaurants', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'local-server-'));
  try {
    const first = await startLocalServer({ stateDir });
    const restaurant = await openRestaurant(first, ['Till A']);
    await first.stop();
    const second = await startLocalServer({ stateDir, operatorToken: first.operatorToken });
    const rows = await second.sql<{ tenant_id: string }>('SELECT tenant_id FROM tenants');
    await second.stop();
    assert.deepEqual(rows, [{ tenant_id: restaurant.tenantId }]);
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
});
