/** Staff at a till without a link: PINs, rights, a manager's approval, and what the server makes of it afterwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineError, type Engine, type EngineOptions, memoryStorage } from '@auraconnect/offline-sync';
import { ledgerOf } from '../server/ledger.ts';
import { openRestaurant, type Restaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill } from './till.ts';

const server = sharedServer();

const people = [
  { staff_id: 'stf_mara', display: 'Mara V.', role: 'server', pin: '4826' },
  { staff_id: 'stf_odell', display: 'Odell P.', role: 'manager', pin: '918273' },
] as const;

interface Staffed {
  readonly restaurant: Restaurant;
  readonly till: Engine;
  readonly cable: Cable;
}

/** A till of a restaurant that employs people, before its link is cut. */
async function staffedTill(options: Partial<EngineOptions> = {}): Promise<Staffed> {
  const restaurant = await openRestaurant(server(), ['Till A']);
  for (const person of people) await restaurant.asAdmin('POST', '/admin/staff', person);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch, ...options });
  await until(
    'the grants are here',
    () => till.staff.list().every(({ canSignIn }) => canSignIn) && till.staff.list().length,
  );
  return { restaurant, till, cable };
}

async function refusal(doing: Promise<unknown>): Promise<EngineError> {
  const thrown = await doing.then(
    () => assert.fail('it was let through'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof EngineError, String(thrown));
  return thrown;
}

const codeOf = async (doing: Promise<unknown>): Promise<string> => (await refusal(doing)).code;

test('somebody signs in by PIN without a link, and the server finds that all they did was theirs to do', async () => {
  const { restaurant, till, cable } = await staffedTill();
  cable.fate = cut;
  assert.equal(await codeOf(till.orders.open()), 'NOT_SIGNED_IN');
  const mara = await till.staff.signIn('stf_mara', '4826');
  assert.deepEqual([mara.display, mara.role, mara.limited], ['Mara V.', 'server', false]);
  const { orderId } = await till.orders.open({ lines: [{ itemId: 'it_soup' }] });
  await till.shifts.clockIn({ job: 'server' });
  till.staff.signOut();
  assert.equal(till.staff.current(), undefined);
  assert.equal(await codeOf(till.orders.addLine(orderId, { itemId: 'it_soup' })), 'NOT_SIGNED_IN');
  assert.equal(till.orders.get(orderId)?.status, 'open', 'the open order stays for whoever comes next');
  await till.staff.signIn('stf_odell', '918273');
  await till.orders.addLine(orderId, { itemId: 'it_soup' });

  cable.fate = whole;
  await drained(till);
  const { operations, shifts } = await ledgerOf(server(), restaurant.tenantId);
  const verdicts = operations.map(({ outcome, verdict }) => [
    outcome,
    (JSON.parse(verdict) as { findings?: [] }).findings ?? [],
  ]);
  assert.deepEqual(
    verdicts,
    operations.map(() => ['applied', []]),
  );
  assert.equal(shifts.length, 1);
});

test('what a server may not do alone, a manager approves for that one command, and the server takes it', async () => {
  const { restaurant, till, cable } = await staffedTill();
  cable.fate = cut;
  await till.staff.signIn('stf_mara', '4826');
  const { orderId, lines } = await till.orders.open({ lines: [{ itemId: 'it_soup' }, { itemId: 'it_soup' }] });
  await till.orders.fire(orderId);
  const [first, second] = lines.map(({ lineId }) => lineId);
  assert.ok(first && second);
  assert.equal(await codeOf(till.orders.voidLine(orderId, first, 'dropped')), 'APPROVAL_REQUIRED');
  const odell = { staffId: 'stf_odell', pin: '918273', reason: 'fell on the floor' };
  const mara = { staffId: 'stf_mara', pin: '4826', reason: 'I say so' };
  const voiding = (approval: typeof odell, line: string): Promise<unknown> =>
    till.staff.approve(approval, ({ orders }) => orders.voidLine(orderId, line, 'dropped'));
  assert.equal(await codeOf(voiding(mara, first)), 'APPROVAL_INVALID');
  assert.equal(await codeOf(voiding({ ...odell, pin: '918274' }, first)), 'PIN_WRONG');
  await voiding(odell, first);
  assert.equal(
    await codeOf(till.orders.voidLine(orderId, second, 'dropped')),
    'APPROVAL_REQUIRED',
    'the next asks again',
  );

  cable.fate = whole;
  await drained(till);
  const { operations } = await ledgerOf(server(), restaurant.tenantId);
  const voided = only(operations.filter(({ change }) => change.type === 'void_line'));
  assert.deepEqual([voided.outcome, (JSON.parse(voided.verdict) as { findings?: [] }).findings ?? []], ['applied', []]);
  assert.deepEqual(till.status().parked, []);
});

test('after five wrong PINs the till waits, whoever closes the app or forgets its database', async () => {
  const storage = memoryStorage();
  const { restaurant, till } = await staffedTill({ storage });
  for (let wrong = 0; wrong < 5; wrong += 1)
    assert.equal(await codeOf(till.staff.signIn('stf_mara', '0000')), 'PIN_WRONG');
  const locked = await refusal(till.staff.signIn('stf_mara', '4826'));
  assert.deepEqual([locked.code, (locked.retryAfterMs ?? 0) > 50_000], ['PIN_LOCKED', true]);
  assert.equal(till.staff.current(), undefined);
  await till.staff.signIn('stf_odell', '918273');
  await drained(till);
  const device = only(restaurant.devices);
  const written = await server().sql<{ kind: string }>(
    `SELECT json_extract(body, '$.change.entry.kind') AS kind FROM operations
     WHERE device_id = '${device.deviceId}' AND stream = 'shifts' ORDER BY seq`,
  );
  assert.deepEqual(
    written.map(({ kind }) => kind),
    [...Array<string>(5).fill('sign_in_failed'), 'lock_out', 'sign_in'],
  );

  // The same keys over an empty store: the count is beside the keys.
  const { keys } = storage;
  await till.close();
  const anew = await openReadyTill(server().url, device, { storage: { ...memoryStorage(), keys } as typeof storage });
  await until('the grants are here again', () => anew.staff.list().some(({ canSignIn }) => canSignIn));
  assert.equal(await codeOf(anew.staff.signIn('stf_mara', '4826')), 'PIN_LOCKED');
});

test('a manager lets somebody try again, and somebody else does not', async () => {
  const { till } = await staffedTill();
  for (let wrong = 0; wrong < 5; wrong += 1) await codeOf(till.staff.signIn('stf_mara', '0000'));
  assert.equal(await codeOf(till.staff.unblock('stf_odell', { staffId: 'stf_mara', pin: '4826' })), 'PIN_LOCKED');
  await till.staff.unblock('stf_mara', { staffId: 'stf_odell', pin: '918273' });
  assert.equal((await till.staff.signIn('stf_mara', '4826')).staffId, 'stf_mara');
  assert.equal(await codeOf(till.staff.unblock('stf_odell', { staffId: 'stf_mara', pin: '4826' })), 'APPROVAL_MISSING');
});

test('a till that nobody touches locks itself, and every command begins the time anew', async () => {
  const { till } = await staffedTill({ autoLockMs: 400 });
  await till.staff.signIn('stf_mara', '4826');
  const { orderId } = await till.orders.open();
  for (let soups = 0; soups < 4; soups += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await till.orders.addLine(orderId, { itemId: 'it_soup' });
  }
  assert.notEqual(till.staff.current(), undefined);
  await until('it has locked itself', () => till.staff.current() === undefined);
  assert.equal(await codeOf(till.orders.addLine(orderId, { itemId: 'it_soup' })), 'NOT_SIGNED_IN');
});

test('where nobody is employed a till that may lock itself sends nobody away', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(devices), { autoLockMs: 50 });
  await till.orders.open();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await till.orders.open();
});
