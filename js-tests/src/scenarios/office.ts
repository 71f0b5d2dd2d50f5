/** What an owner does in the office while tills work: hires and lets go, over HTTP. */
import assert from 'node:assert/strict';
import { ask } from '../server/blackbox/raw_device.ts';
import type { Restaurant } from '../server/restaurant.ts';

/** The PIN of every manager who is hired here. */
export const managersPin = '729418';

/** Hires a manager. */
export async function employManager({ asAdmin }: Restaurant, staffId: string): Promise<void> {
  await asAdmin('POST', '/admin/staff', { staff_id: staffId, display: staffId, role: 'manager', pin: managersPin });
}

/** Takes somebody's rights away, from now on. */
export async function revoke(url: string, { adminToken }: Restaurant, staffId: string): Promise<void> {
  const path = `/admin/staff/${staffId}`;
  const answer = await ask(url, { method: 'PATCH', path, token: adminToken, body: { status: 'revoked' } });
  assert.equal(answer.status, 200, answer.text);
}
