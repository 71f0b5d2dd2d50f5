/**
 * What staff do at a till and the engine has no command for yet, done by hand over HTTP. Each is named after what a person does, so
 * that the engine can take the place of the hand.
 */
import assert from 'node:assert/strict';
import { ask, type RawAnswer, RawDevice } from '../server/blackbox/raw_device.ts';
import type { DeviceEnrolment, Restaurant } from '../server/restaurant.ts';

/** Somebody at a till, under the grant that it holds of theirs. */
export interface Actor {
  readonly staff_id: string;
  readonly grant_id: string;
}

/** Somebody's choice between the two values of a conflict. */
export interface Decision {
  readonly id: string;
  readonly conflictId: string;
  readonly version: number;
  readonly choice: 'keep_local' | 'keep_server';
  readonly actor: Actor;
}

/** Decides a conflict at a till. */
export function decide(
  url: string,
  { deviceToken }: DeviceEnrolment,
  { id, conflictId, version, choice, actor }: Decision,
): Promise<RawAnswer> {
  const body = { id, conflict_id: conflictId, expected_version: version, choice, actor };
  return ask(url, { method: 'POST', path: '/sync/conflict/resolve', token: deviceToken, body });
}

/** The grant that a till holds of somebody. */
export async function grantOf(url: string, enrolment: DeviceEnrolment, staffId: string): Promise<Actor> {
  const { entries } = await new RawDevice(url, enrolment).everything();
  const sheet = entries.find(({ collection }) => collection === 'grants') ?? assert.fail('the till holds grants');
  const { grants } = sheet.record as { readonly grants: readonly Actor[] };
  const grant = grants.find(({ staff_id }) => staff_id === staffId) ?? assert.fail(`the till knows ${staffId}`);
  return { staff_id: grant.staff_id, grant_id: grant.grant_id };
}

/** Hires a manager. */
export async function employManager({ asAdmin }: Restaurant, staffId: string): Promise<void> {
  await asAdmin('POST', '/admin/staff', { staff_id: staffId, display: staffId, role: 'manager', pin: '729418' });
}

/** Takes somebody's rights away, from now on. */
export async function revoke(url: string, { adminToken }: Restaurant, staffId: string): Promise<void> {
  const path = `/admin/staff/${staffId}`;
  const answer = await ask(url, { method: 'PATCH', path, token: adminToken, body: { status: 'revoked' } });
  assert.equal(answer.status, 200, answer.text);
}
