import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedServer } from '../engine/shared_server.ts';
import { until } from '../until.ts';
import { RawDevice, readReply } from './blackbox/raw_device.ts';
import { type LocalServer, startLocalServer } from './local_server.ts';
import { type DeviceEnrolment, type Restaurant, openRestaurant } from './restaurant.ts';

const server = sharedServer();
const protocol = 'auraconnect.v1';

/** A socket and what it heard. */
interface Ear {
  readonly socket: WebSocket;
  readonly heard: string[];
  /** The code that it was closed with; 1006 where it never opened. */
  closed: number | undefined;
}

function listen({ url }: Pick<LocalServer, 'url'>, token: string, offered = [protocol, `bearer.${token}`]): Ear {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/sync/live`, offered);
  const ear: Ear = { socket, heard: [], closed: undefined };
  socket.addEventListener('message', ({ data }) => ear.heard.push(String(data)));
  socket.addEventListener('close', ({ code }) => (ear.closed = code));
  return ear;
}

async function open(at: Pick<LocalServer, 'url'>, { deviceToken }: DeviceEnrolment): Promise<Ear> {
  const ear = listen(at, deviceToken);
  await until('the socket has its first poke', () => ear.heard.length > 0);
  return ear;
}

/** Whether the server has closed the socket: from then on nothing is heard, though workerd keeps the line for some seconds. */
function isOver({ socket }: Ear): boolean {
  return socket.readyState >= WebSocket.CLOSING;
}

/** Moves the location's head by one: the admin gives the menu another version number. */
async function renumberMenu(at: LocalServer, { asAdmin, locationId, tenantId }: Restaurant): Promise<void> {
  const stored = "SELECT record FROM records WHERE tenant_id = ?1 AND collection = 'menu'";
  const rows = await at.sql<{ record: string }>(stored, tenantId);
  const menu = JSON.parse(rows[0]!.record) as { menu_version: number };
  const base_version = menu.menu_version;
  menu.menu_version += 1;
  await asAdmin('POST', '/sync/menu', { location_id: locationId, base_version, menu });
}

async function headOf(at: LocalServer, { tenantId }: Restaurant): Promise<number> {
  const rows = await at.sql<{ head: number }>('SELECT head FROM locations WHERE tenant_id = ?1', tenantId);
  return rows[0]?.head ?? 0;
}

test('a socket hears the head when it opens and whenever it moves, and nothing else', async () => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
  const other = await openRestaurant(server(), ['Till X']);
  const ears = await Promise.all(restaurant.devices.map((device) => open(server(), device)));
  const stranger = await open(server(), other.devices[0]!);
  const before = await headOf(server(), restaurant);
  for (const ear of ears) assert.deepEqual(ear.heard, [`{"head":${before}}`]);
  await renumberMenu(server(), restaurant);
  assert.equal(await headOf(server(), restaurant), before + 1);
  for (const { heard, socket } of ears) {
    await until('the poke has come', () => heard.length > 1);
    assert.deepEqual(heard, [`{"head":${before}}`, `{"head":${before + 1}}`]);
    assert.equal(socket.protocol, protocol, 'the answer names the protocol and never the token');
  }
  ears[0]!.socket.send('ping');
  await until('the pong has come', () => ears[0]!.heard.at(-1) === 'pong');
  assert.equal(stranger.heard.length, 1, 'another restaurant hears nothing of it');
  for (const { socket } of [...ears, stranger]) socket.close();
});

test('a token that nobody holds opens no socket, nor does none', async () => {
  const refused = [listen(server(), 'dvc_nobody'), listen(server(), '', [protocol]), listen(server(), '', [])];
  for (const ear of refused) await until('the socket is refused', () => ear.closed);
  assert.deepEqual(
    refused.map(({ closed, heard }) => [closed, heard]),
    refused.map(() => [1006, []]),
  );
  const answer = await fetch(`${server().url}/sync/live`);
  assert.equal(answer.status, 401);
});

test('without an upgrade the path says what it speaks', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const headers = { authorization: `Bearer ${devices[0]!.deviceToken}` };
  const answer = await fetch(`${server().url}/sync/live`, { headers });
  assert.equal(answer.status, 426);
  assert.equal(((await answer.json()) as { code: string }).code, 'UPGRADE_REQUIRED');
});

test("revoking and suspending close the device's socket and no other", async () => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B', 'Till C']);
  const [a, b, c] = await Promise.all(restaurant.devices.map((device) => open(server(), device)));
  const act = (place: number, action: string) =>
    restaurant.asAdmin('POST', `/admin/devices/${restaurant.devices[place]!.deviceId}/${action}`, {});
  await act(0, 'revoke');
  await act(1, 'suspend');
  await until('both sockets are closed', () => isOver(a!) && isOver(b!));
  await renumberMenu(server(), restaurant);
  await until('the third still hears', () => c!.heard.length > 1);
  assert.deepEqual([a!.heard.length, b!.heard.length, isOver(c!)], [1, 1, false]);
  const again = listen(server(), restaurant.devices[0]!.deviceToken);
  await until('a revoked device gets no other socket', () => again.closed);
  c!.socket.close();
});

test('a device has one socket: the newer one replaces the older', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const older = await open(server(), devices[0]!);
  const newer = await open(server(), devices[0]!);
  await until('the older one is closed', () => isOver(older));
  assert.equal(isOver(newer), false);
  newer.socket.close();
});

test('whoever sits down between a move and its poke takes the poke from nobody', async () => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
  const [a, b] = restaurant.devices;
  const ear = await open(server(), a!);
  await renumberMenu(server(), restaurant);
  const late = await open(server(), b!);
  const head = `{"head":${await headOf(server(), restaurant)}}`;
  await until('both know', () => ear.heard.at(-1) === head && late.heard.at(-1) === head);
  for (const { socket } of [ear, late]) socket.close();
});

test('a rush is told with fewer pokes than there were moves, and the last of them tells the last', async () => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B', 'Till C', 'Till D']);
  const ear = await open(server(), restaurant.devices[0]!);
  const before = await headOf(server(), restaurant);
  const opensSix = async (enrolment: DeviceEnrolment, till: number): Promise<void> => {
    const device = new RawDevice(server().url, enrolment);
    for (let order = 1; order <= 6; order += 1) readReply(await device.exchange([device.opens(till * 10 + order)]));
  };
  await Promise.all(restaurant.devices.map(opensSix));
  const after = await headOf(server(), restaurant);
  await until('the last move is told', () => ear.heard.at(-1) === `{"head":${after}}`);
  assert.equal(after - before, 24);
  assert.ok(ear.heard.length - 1 < 24, `${ear.heard.length - 1} pokes`);
  ear.socket.close();
});

test('what a socket says is ignored, and one that goes on talking is closed', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const ear = await open(server(), devices[0]!);
  for (let said = 0; said < 16; said += 1) ear.socket.send('{"head":99}');
  ear.socket.send('ping');
  await until('the pong has come', () => ear.heard.at(-1) === 'pong');
  assert.equal(ear.closed, undefined);
  ear.socket.send('once more');
  await until('the socket is closed', () => ear.closed);
  assert.deepEqual([ear.closed, ear.heard.length], [1008, 2]);
});

test('a worker without the binding answers everything else', async (context) => {
  const older = await startLocalServer({ withoutLive: true });
  context.after(() => older.stop());
  const restaurant = await openRestaurant(older, ['Till A']);
  const ear = listen(older, restaurant.devices[0]!.deviceToken);
  await until('the socket is refused', () => ear.closed);
  await renumberMenu(older, restaurant);
  await restaurant.asAdmin('POST', `/admin/devices/${restaurant.devices[0]!.deviceId}/suspend`, {});
});
