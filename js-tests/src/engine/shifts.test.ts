/** The clock at a till: punches without a link, corrections beside what they correct, and what payroll sees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineError } from '@auraconnect/offline-sync';
import { openRestaurant } from '../server/restaurant.ts';
import { Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill } from './till.ts';

const server = sharedServer();

test('a day at the clock is punched without a link, seen at once, and the same everywhere after the link is back', async () => {
  const { devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const cable = new Cable();
  let minutes = 0;
  const now = (): number => Date.now() + minutes * 60_000;
  const monotonicNow = (): number => performance.now() + minutes * 60_000;
  const [a, b] = [
    await openReadyTill(server().url, only(devices), { fetch: cable.fetch, now, monotonicNow }),
    await openReadyTill(server().url, only(devices, 1)),
  ];
  cable.fate = cut;
  const heard: string[] = [];
  a.subscribe(({ type }) => heard.push(type));
  await a.shifts.clockIn({ job: 'server' });
  assert.ok(heard.includes('shifts_changed'));
  assert.deepEqual(
    a.shifts.onTheClock().map(({ staffId, job, onBreak }) => [staffId, job, onBreak]),
    [['stf_mara', 'server', null]],
  );
  minutes += 120;
  await a.shifts.startBreak({ breakType: 'rest' });
  assert.equal(only(a.shifts.onTheClock()).onBreak?.breakType, 'rest');
  minutes += 10;
  await a.shifts.endBreak();
  minutes += 60;
  await a.shifts.clockOut({ declaredCashTipsMinor: 1250 });
  const card = only(a.shifts.timecards());
  assert.deepEqual(
    [card.paidMinutes, card.declaredCashTipsMinor, card.breaks.map(({ minutes: long }) => long)],
    [190, 1250, [10]],
  );
  assert.deepEqual(a.shifts.onTheClock(), []);
  assert.equal(a.status().queueDepth, 4);

  cable.fate = whole;
  await drained(a);
  await drained(b);
  assert.deepEqual(b.shifts.timecards(), a.shifts.timecards());
});

test('a punch that makes no sense is refused with a sentence, and changes nothing', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(devices));
  const refused = async (punch: Promise<void>): Promise<[string, string | undefined]> => {
    const error = await punch.then(
      () => assert.fail('it was taken'),
      (thrown: unknown) => thrown as EngineError,
    );
    assert.ok(error instanceof EngineError && error.message.length > 10, String(error));
    return [error.code, error.field];
  };
  assert.equal((await refused(till.shifts.clockOut()))[0], 'CLOCK_STATE');
  assert.equal((await refused(till.shifts.endBreak()))[0], 'CLOCK_STATE');
  await till.shifts.clockIn({ job: 'server' });
  assert.equal((await refused(till.shifts.clockIn({ job: 'server' })))[0], 'CLOCK_STATE');
  assert.equal((await refused(till.shifts.startBreak({ breakType: '' })))[0], 'COMMAND_INVALID');
  assert.deepEqual(await refused(till.shifts.clockOut({ declaredCashTipsMinor: -1 })), [
    'FIELD_INVALID',
    'declaredCashTipsMinor',
  ]);
  assert.equal((await refused(till.shifts.clockOut({ declaredCashTipsMinor: 1.5 })))[0], 'COMMAND_INVALID');
  assert.equal((await refused(till.shifts.acknowledge('no id')))[0], 'COMMAND_INVALID');
  assert.equal(till.status().queueDepth, 1);
});

test('an amended card shows what was punched beside what counts, and who agreed', async () => {
  const { devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const [a, b] = [
    await openReadyTill(server().url, only(devices), { staffId: 'stf_ines' }),
    await openReadyTill(server().url, only(devices, 1), { staffId: 'stf_odell' }),
  ];
  await a.shifts.clockIn({ job: 'bartender' });
  await drained(a);
  await drained(b);
  const { start: punched } = only(b.shifts.timecards({ staffId: 'stf_ines' }));
  assert.ok(punched?.original);
  const earlier = new Date(Date.parse(punched.at) - 600_000).toISOString();
  await b.shifts.amend({
    staffId: 'stf_ines',
    punchId: punched.punchId,
    kind: 'clock_in',
    at: earlier,
    reason: 'till was busy',
  });
  await drained(b);
  await drained(a);
  const { start } = only(a.shifts.timecards());
  assert.deepEqual([start?.at, start?.original], [earlier, punched.original]);
  const { punchId, staffId, reason, acknowledged } = only(start?.amendments ?? []);
  assert.deepEqual([staffId, reason, acknowledged], ['stf_odell', 'till was busy', false]);
  await a.shifts.acknowledge(punchId);
  await drained(a);
  await drained(b);
  assert.equal(only(only(b.shifts.timecards()).start?.amendments ?? []).acknowledged, true);
});
