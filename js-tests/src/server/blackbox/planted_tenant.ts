/** A tenant that is full of canaries: texts that stand nowhere else, so that one look tells whose an answer is. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { LocalServer } from '../local_server.ts';
import { ask, orderId, RawDevice, type RawMutation, readReply } from './raw_device.ts';

/** A tenant and everything that could be named to reach into it. */
export interface PlantedTenant {
  readonly tenantId: string;
  readonly locationId: string;
  readonly adminToken: string;
  /** Two active devices. */
  readonly devices: readonly [RawDevice, RawDevice];
  /** May push but not pull. */
  readonly suspended: RawDevice;
  /** A code that was spent on one of the devices. */
  readonly spentCode: string;
  /** At the end of everything there is. */
  readonly cursor: string;
  readonly menuVersion: number;
  readonly menu: Readonly<Record<string, unknown>>;
  /** Conflicts that wait for somebody. */
  readonly conflictIds: readonly string[];
  /** Somebody who works there. */
  readonly staffId: string;
  /** What its devices have sent. */
  readonly mutations: readonly RawMutation[];
  /** Every text that belongs to it alone. */
  readonly canaries: ReadonlySet<string>;
}

/** How a tenant is planted. */
export interface Planting {
  /** A word in all of its names, lower case. */
  readonly word: string;
  /** The location's id, where it is not to follow from the word. */
  readonly locationId?: string;
  /** The number of its first order; tenants with the same one have the same order ids. */
  readonly firstOrder: number;
}

const fixture = fileURLToPath(new URL('../../../../fixtures/menu.json', import.meta.url));

/** Sets a tenant up over HTTP and has its devices work. */
export async function plantTenant(
  server: Pick<LocalServer, 'url' | 'operatorToken'>,
  { word, locationId = `loc_${word}`, firstOrder }: Planting,
): Promise<PlantedTenant> {
  const canaries = new Set<string>();
  const planted = (text: string): string => {
    canaries.add(text);
    return text;
  };
  const name = (what: string): string => planted(`${what} of ${word}`);
  const call = async (token: string, path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await ask(server.url, { method: 'POST', path, token, body });
    assert.ok(answer.status < 300, `${path} answered ${answer.status}: ${answer.text}`);
    return JSON.parse(answer.text) as Record<string, unknown>;
  };

  const tenantId = planted(`ten_${word}`);
  const wish = { tenant_id: tenantId, name: name('Business'), database: 'DB' };
  const adminToken = planted(String((await call(server.operatorToken, '/admin/tenants', wish))['admin_token']));
  if (locationId.includes(word)) planted(locationId);
  const place = { name: name('Room'), zone: 'America/New_York', currency: 'USD', currency_exponent: 2 };
  await call(adminToken, '/admin/locations', { location_id: locationId, ...place });
  const menu = JSON.parse((await readFile(fixture, 'utf8')).replaceAll('Burger', name('Burger'))) as {
    menu_version: number;
  };
  await call(adminToken, '/sync/menu', { location_id: locationId, base_version: 0, menu });

  const enrol = async (place: number): Promise<[RawDevice, code: string]> => {
    const code = planted(
      String((await call(adminToken, '/admin/enrolment-codes', { location_id: locationId }))['code']),
    );
    const device = { code, name: name(`Till ${place}`), platform: 'test', app_version: '1.4.0' };
    const grant = await call('', '/devices/enrol', device);
    const enrolment = {
      tenantId,
      locationId,
      deviceId: planted(String(grant['device_id'])),
      devicePrefix: String(grant['device_prefix']),
      deviceToken: planted(String(grant['device_token'])),
    };
    return [new RawDevice(server.url, enrolment), code];
  };
  const [[first, spentCode], [second], [suspended]] = [await enrol(1), await enrol(2), await enrol(3)];

  const mutations: RawMutation[] = [];
  for (const [place, device] of [first, second, suspended].entries()) {
    const order = firstOrder + place;
    const actor = { staff_id: planted(`stf_${word}_${place}`), grant_id: null };
    const batch = [
      device.opens(order),
      { ...device.addsLine(order, name(`Allergy ${place}`)), actor },
      device.voidsNothing(order),
    ];
    readReply(await device.exchange(batch));
    mutations.push(...batch);
    planted(orderId(order));
    for (const { id } of batch) planted(id);
  }
  // The same ticket number on two orders: somebody is to look.
  const again = second.opens(firstOrder + 500);
  const twice = { ...again, change: { ...again.change, ticket_no: mutations[0]?.change['ticket_no'] } };
  planted(orderId(firstOrder + 500));
  const { verdicts } = readReply(await second.exchange([twice]));
  const conflictIds = (verdicts[0]?.findings ?? []).map(({ conflict_id }) => planted(String(conflict_id)));
  assert.equal(conflictIds.length, 1, 'there is a conflict to reach for');
  const staffId = planted(`stf_${word}_cook`);
  await call(adminToken, '/admin/staff', {
    staff_id: staffId,
    display: name('Cook'),
    role: 'line_cook',
    pin: '729418',
  });
  await call(adminToken, `/admin/devices/${suspended.enrolment.deviceId}/suspend`, undefined);
  const { cursor } = await first.everything();
  planted(cursor);
  // The epoch of its change sequence.
  planted(cursor.split('.').at(-2) ?? '');
  const { menu_version: menuVersion } = menu;
  const devices = [first, second] as const;
  return {
    tenantId,
    locationId,
    adminToken,
    devices,
    suspended,
    spentCode,
    cursor,
    menuVersion,
    menu,
    conflictIds,
    staffId,
    mutations,
    canaries,
  };
}

/** A tenant that the server has never heard of, with the same things to be named by. */
export function ghostOf(planted: PlantedTenant): PlantedTenant {
  // One digit in the middle: ids that differed at their ends still do.
  const ghostly = (id: string): string =>
    id.replace(/[0-9a-f](?=[0-9a-f]{7}$)/, (digit) => (digit === 'e' ? 'f' : 'e'));
  const device = ({ enrolment, incarnation }: RawDevice): RawDevice => {
    const deviceId = ghostly(enrolment.deviceId);
    return new RawDevice('', { ...enrolment, tenantId: 'ten_ghost', locationId: 'loc_ghost', deviceId }, incarnation);
  };
  const [first, second] = planted.devices;
  const epoch = planted.cursor.split('.').at(-2) ?? '';
  return {
    ...planted,
    tenantId: 'ten_ghost',
    locationId: 'loc_ghost',
    adminToken: ghostly(planted.adminToken),
    devices: [device(first), device(second)],
    suspended: device(planted.suspended),
    spentCode: ghostly(planted.spentCode),
    cursor: planted.cursor.replace(planted.locationId, 'loc_ghost').replace(epoch, ghostly(epoch)),
    conflictIds: planted.conflictIds.map(ghostly),
    staffId: 'stf_ghost',
    mutations: planted.mutations.map((mutation) => ({
      ...mutation,
      id: ghostly(mutation.id),
      record_id: ghostly(mutation.record_id),
      stamp: mutation.stamp.replace(/dev_.*$/, ghostly),
    })),
    canaries: new Set(),
  };
}

/** Every row of a tenant, of whatever table names tenants; but for the counts of wrong guesses, which anybody may add to. */
export async function rowsOf(server: Pick<LocalServer, 'sql'>, tenantId: string): Promise<Record<string, string[]>> {
  const tables = await server.sql<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%tenant_id TEXT%' AND name <> 'attempts' ORDER BY name`,
  );
  assert.ok(tables.length >= 7, 'the tables are found');
  const rows: Record<string, string[]> = {};
  for (const { name } of tables) {
    const found = await server.sql(`SELECT * FROM "${name}" WHERE tenant_id = ?1`, tenantId);
    rows[name] = found.map((row) => JSON.stringify(row)).sort();
  }
  return rows;
}
