/** Staff's grants on the real parts: whether D1 takes the largest sheet there may be, and makes another one when it is due. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './blackbox/raw_device.ts';
import { type LocalServer, startLocalServer } from './local_server.ts';

const activeMax = 900;
const idBytesMax = 64;

let server: LocalServer;
const log: string[] = [];

before(async () => {
  server = await startLocalServer({ onLog: (line) => log.push(line) });
});
after(() => server.stop());

const call = async (method: string, path: string, token: string, body?: unknown): Promise<Record<string, unknown>> => {
  const answer = await ask(server.url, { method, path, token, ...(body === undefined ? {} : { body }) });
  assert.ok(answer.status < 300, `${path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
  return JSON.parse(answer.text) as Record<string, unknown>;
};

/** The longest id there may be. */
const longest = (prefix: string): string => `${prefix}_`.padEnd(idBytesMax - 3, 'x') + '000';

interface Sheet {
  readonly grants: readonly { readonly token: string; readonly expires_at: string; readonly verifier: unknown }[];
}

async function sheetOf(deviceToken: string): Promise<Sheet> {
  for (let cursor = '', page; ; cursor = page.cursor) {
    page = (await call('GET', `/sync/changes?cursor=${cursor}`, deviceToken)) as unknown as {
      readonly changes: readonly { readonly collection: string; readonly record: Sheet }[];
      readonly cursor: string;
      readonly has_more: boolean;
    };
    const found = page.changes.find(({ collection }) => collection === 'grants');
    if (found !== undefined) return found.record;
    assert.ok(page.has_more, `no grants; the log says ${log.at(-1)}`);
  }
}

test('D1 takes the grants of as many people as may act, with the longest ids, and makes them anew by another policy', async () => {
  const [tenantId, locationId, staffId] = [longest('ten'), longest('loc'), longest('stf')];
  const tenant = await call('POST', '/admin/tenants', server.operatorToken, {
    tenant_id: tenantId,
    name: 'Café',
    database: 'DB',
  });
  const admin = String(tenant['admin_token']);
  const place = { name: 'Überfähre', zone: 'America/New_York', currency: 'USD', currency_exponent: 2 };
  await call('POST', '/admin/locations', admin, { location_id: locationId, ...place });
  const { code } = await call('POST', '/admin/enrolment-codes', admin, { location_id: locationId });
  const till = { code, name: 'Till', platform: 'web', app_version: '1.4.0' };
  const deviceToken = String((await call('POST', '/devices/enrol', '', till))['device_token']);
  const mara = { staff_id: staffId, display: 'Mara', role: 'admin', pin: '729418' };
  await call('POST', '/admin/staff', admin, mara);
  await server.sql(
    `INSERT INTO staff (tenant_id, staff_id, member, verifiers)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${activeMax - 1}),
       ids AS (SELECT printf('%s%03d', substr('${staffId}', 1, ${idBytesMax - 3}), i) AS id FROM n)
     SELECT tenant_id, id, json_set(member, '$.staff_id', id), verifiers FROM staff, ids`,
  );

  const before = await sheetOf(deviceToken);
  assert.equal(before.grants.length, activeMax);
  const withPin = before.grants.filter(({ verifier }) => verifier !== undefined && verifier !== null);
  assert.equal(withPin.length, 1, 'what is sealed for one person opens for nobody else');
  const more = await ask(server.url, {
    method: 'POST',
    path: '/admin/staff',
    token: admin,
    body: { display: 'Ines', role: 'server' },
  });
  assert.deepEqual([more.status, (JSON.parse(more.text) as { code: string }).code], [409, 'TOO_MANY_STAFF']);

  const hour = 3_600_000;
  const grants = { grant_ms: 6 * hour, managerial_ms: 2 * hour, reboot_allowance_ms: 0 };
  await call('PATCH', `/admin/tenants/${tenantId}`, admin, { policy: { grants } });
  const after = await sheetOf(deviceToken);
  const lives = after.grants.map(({ expires_at }) => Date.parse(expires_at) - Date.now());
  assert.ok(lives.every((life) => life > 5 * hour && life <= 6 * hour));
  assert.equal(new Set([...before.grants, ...after.grants].map(({ token }) => token)).size, 2 * activeMax);
  const weighed = `SELECT count(*) AS wrong FROM records WHERE record_bytes <> length(CAST(record AS BLOB))`;
  assert.deepEqual(await server.sql(weighed), [{ wrong: 0 }]);
});
