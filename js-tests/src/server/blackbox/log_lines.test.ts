import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../../until.ts';
import { type LocalServer, startLocalServer } from '../local_server.ts';
import { endpoints } from './endpoints.ts';
import { plantTenant, type PlantedTenant } from './planted_tenant.ts';
import { ask, type RawAnswer, type RawRequest } from './raw_device.ts';

let server: LocalServer;
const log: string[] = [];

before(async () => {
  server = await startLocalServer({ onLog: (line) => log.push(line) });
});
after(() => server.stop());

/** One line as it is written. */
interface Line {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly request_id: string;
  readonly device_id: string | null;
}

const personal = ['Rosalind Okonkwo', '4921-7788', 'nut allergy of the guest', 'stf_rosalind', 'v4.public.'];

test('each request leaves one line of JSON under its own request id, and none of what it brought', async () => {
  const tenant = await plantTenant(server, { word: 'wagtail', firstOrder: 11_001 });
  const setUp = log.length;
  const [device] = tenant.devices;
  const answers: RawAnswer[] = [];
  for (const request of variedRequests(tenant)) answers.push(await ask(server.url, request));
  await until('the last line is written', () => log.length - setUp >= answers.length);

  const lines = log.slice(setUp).map((line) => JSON.parse(line) as Line);
  assert.equal(lines.length, answers.length, 'one line a request');
  const ids = answers.map(({ headers }) => headers.get('x-request-id'));
  assert.equal(new Set(ids).size, ids.length, 'every request has an id of its own');
  assert.deepEqual(
    lines.map(({ request_id, status }) => ({ request_id, status })),
    answers.map(({ status }, place) => ({ request_id: ids[place], status })),
  );
  for (const [place, { status, text }] of answers.entries()) {
    if (status >= 400) assert.equal((JSON.parse(text) as { request_id: string }).request_id, ids[place]);
  }
  const routes = new Set(lines.map(({ method, route }) => `${method} ${route}`));
  assert.deepEqual(
    endpoints.map(({ name }) => name).filter((name) => !routes.has(name)),
    [],
    'every endpoint was asked, and is logged by its pattern',
  );
  assert.ok(
    lines.some(({ device_id }) => device_id === device.enrolment.deviceId),
    'a device is named by its id',
  );

  const written = log.join('\n');
  // A device's id may stand there; everything else that belongs to the tenant may not.
  const deviceIds = new Set([...tenant.devices, tenant.suspended].map(({ enrolment }) => enrolment.deviceId));
  const secrets = [...tenant.canaries, ...personal, server.operatorToken].filter((text) => !deviceIds.has(text));
  assert.ok(secrets.length > 20);
  assert.deepEqual(
    secrets.filter((secret) => written.includes(secret)),
    [],
  );
});

/** Good ones, refused ones and broken ones, of every endpoint. */
function variedRequests({ devices: [device], adminToken, locationId }: PlantedTenant): RawRequest[] {
  const token = device.enrolment.deviceToken;
  const orders = (body: unknown): RawRequest => ({ method: 'POST', path: '/sync/orders', token, body });
  const actor = { staff_id: 'stf_rosalind', grant_id: 'v4.public.forged' };
  const personalLine = { ...device.addsLine(11_001, personal.join(' ')), actor };
  const credentials = [undefined, token, adminToken, server.operatorToken];
  return [
    orders(device.body([personalLine])),
    orders(device.body([personalLine])),
    orders(device.body([], 'a cursor of Rosalind Okonkwo')),
    orders(`{"pin": "4921-7788", "name": "Rosalind Okonkwo`),
    orders({ protocol: 1, staff: personal, mutations: personal }),
    {
      method: 'POST',
      path: '/admin/locations',
      token: adminToken,
      body: { location_id: locationId, name: personal[0] },
    },
    { method: 'POST', path: '/admin/tenants', token: server.operatorToken, body: { name: personal[0] } },
    { method: 'GET', path: `/nowhere/${encodeURIComponent(personal.join('/'))}`, token },
    { method: 'GET', path: `/sync/changes?cursor=${encodeURIComponent(personal.join(' '))}`, token },
    { method: 'DELETE', path: '/sync/orders', token },
    ...endpoints.flatMap(({ plain }) =>
      credentials.map((credential) => ({ ...plain, ...(credential === undefined ? {} : { token: credential }) })),
    ),
  ];
}
