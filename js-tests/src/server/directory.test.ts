/** Two tenants in two databases of one worker: each works in its own, and nothing of it reaches the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLocalServer, type LocalServer } from './local_server.ts';
import { openRestaurant } from './restaurant.ts';

const tenantTables = ['tenants', 'locations', 'devices', 'enrolment_codes', 'records'];

async function tenantsIn(server: LocalServer, binding: string): Promise<string[]> {
  const ids = new Set<string>();
  for (const table of tenantTables) {
    const rows = await server.sqlIn<{ tenant_id: string }>(binding, `SELECT DISTINCT tenant_id FROM ${table}`);
    for (const { tenant_id } of rows) ids.add(tenant_id);
  }
  return [...ids];
}

test('a tenant lives in one database whole, and its credentials are good there only', async () => {
  const server = await startLocalServer();
  try {
    const first = await openRestaurant(server, ['Till A']);
    const second = await openRestaurant(server, ['Till B'], undefined, 'DB_2');
    assert.deepEqual(await tenantsIn(server, 'DB'), [first.tenantId]);
    assert.deepEqual(await tenantsIn(server, 'DB_2'), [second.tenantId]);

    const pull = (token: string) =>
      fetch(`${server.url}/sync/changes`, { headers: { authorization: `Bearer ${token}` } });
    for (const [own, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const token = own.devices[0]?.deviceToken ?? '';
      assert.equal((await pull(token)).status, 200);
      assert.equal((await pull(token.replace(own.tenantId, other.tenantId))).status, 401);
    }
  } finally {
    await server.stop();
  }
});

test('without a wish, new tenants are spread evenly, and health names every database', async () => {
  const server = await startLocalServer();
  try {
    for (let count = 0; count < 4; count += 1) {
      const response = await fetch(`${server.url}/admin/tenants`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.operatorToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Saltmarsh' }),
      });
      assert.equal(response.status, 201);
    }
    const counts = await server.sql('SELECT database, count(*) AS tenants FROM directory GROUP BY database');
    assert.deepEqual(counts, [
      { database: 'DB', tenants: 2 },
      { database: 'DB_2', tenants: 2 },
    ]);
    const health = (await (await fetch(`${server.url}/health`)).json()) as {
      status: string;
      databases: { name: string; ok: boolean }[];
    };
    assert.equal(health.status, 'ok');
    assert.deepEqual(
      health.databases.map(({ name, ok }) => [name, ok]),
      [
        ['DB', true],
        ['DB_2', true],
      ],
    );
  } finally {
    await server.stop();
  }
});
