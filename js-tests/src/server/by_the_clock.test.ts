import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedServer } from '../engine/shared_server.ts';
import { openRestaurant } from './restaurant.ts';

const server = sharedServer();

test('when the clock strikes the worker prunes what nobody can ask for any more', async () => {
  const { tenantId, locationId } = await openRestaurant(server(), ['Till A']);
  const codes = () => server().sql('SELECT code_hash FROM enrolment_codes WHERE code_hash = ?1', 'long ago');
  await server().sql(
    'INSERT INTO enrolment_codes (tenant_id, code_hash, location_id, expires_at) VALUES (?1, ?2, ?3, ?4)',
    tenantId,
    'long ago',
    locationId,
    '2020-01-01T00:00:00.000Z',
  );
  assert.equal((await codes()).length, 1);
  assert.equal(await server().strike(), 'ok');
  assert.equal((await codes()).length, 0);
});
