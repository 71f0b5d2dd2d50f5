import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { type LocalServer, startLocalServer } from '../local_server.ts';
import { type Audience, type Endpoint, endpoints } from './endpoints.ts';
import { documentedEndpoints, servedEndpoints } from './endpoint_list.ts';
import { ghostOf, plantTenant, type PlantedTenant, rowsOf } from './planted_tenant.ts';
import { ask, type RawAnswer, type RawRequest, type RawVerdict } from './raw_device.ts';

let server: LocalServer;
const log: string[] = [];

before(async () => {
  server = await startLocalServer({ onLog: (line) => log.push(line) });
});
after(() => server.stop());

test('the list of endpoints is that of the document, and of the server where it tells', async () => {
  const listed = endpoints.map(({ name }) => name).sort();
  assert.deepEqual(listed, await documentedEndpoints());
  assert.deepEqual(listed, (await servedEndpoints(server.url)) ?? listed);
});

test('no endpoint tells one tenant anything of another or changes a row of it, whatever ids are swapped', async (context) => {
  const secret = await plantTenant(server, { word: 'petrel', firstOrder: 7_001 });
  const nosy = await plantTenant(server, { word: 'magpie', firstOrder: 8_001 });
  await assertShown(secret);
  await reachInto(context, nosy, secret);
});

test('two tenants whose locations, orders and tickets bear the same ids stay two', async (context) => {
  const secret = await plantTenant(server, { word: 'osprey', locationId: 'loc_same', firstOrder: 9_001 });
  const nosy = await plantTenant(server, { word: 'jackdaw', locationId: 'loc_same', firstOrder: 9_001 });
  await assertShown(secret);
  const shared = new Set([...secret.canaries].filter((canary) => nosy.canaries.has(canary)));
  assert.equal(shared.size, 4, 'the orders have the same ids');
  const canaries = new Set([...secret.canaries].filter((canary) => !shared.has(canary)));
  await reachInto(context, nosy, { ...secret, canaries });
});

test('what belongs to another tenant is answered as what nobody has', async () => {
  const secret = await plantTenant(server, { word: 'kittiwake', firstOrder: 12_001 });
  const [nosy, wary] = [
    await plantTenant(server, { word: 'rook', firstOrder: 13_001 }),
    await plantTenant(server, { word: 'crow', firstOrder: 13_001 }),
  ];
  const ghost = ghostOf(secret);
  for (const { name, swaps } of endpoints) {
    assert.deepEqual(await codesOf(swaps(nosy, secret)), await codesOf(swaps(wary, ghost)), name);
  }
});

/** Statuses, codes and outcomes: what someone could learn of things that they do not see. */
async function codesOf(requests: readonly RawRequest[]): Promise<string[]> {
  const codes: string[] = [];
  for (const request of requests) {
    const { status, text } = await ask(server.url, request);
    const said = JSON.parse(text) as { code?: string; verdicts?: readonly RawVerdict[] };
    const verdicts = (said.verdicts ?? []).map(({ outcome, code, rev, replayed }) => [outcome, code, rev, replayed]);
    codes.push(`${status} ${status < 400 ? '' : said.code} ${JSON.stringify(verdicts)}`);
  }
  return codes;
}

/** Canaries that their owner does not see either would prove nothing. */
async function assertShown({ devices: [device], canaries }: PlantedTenant): Promise<void> {
  const shown = JSON.stringify((await device.everything()).entries);
  assert.ok([...canaries].filter((canary) => shown.includes(canary)).length >= 8, 'the owner sees its canaries');
}

async function reachInto(context: TestContext, nosy: PlantedTenant, secret: PlantedTenant): Promise<void> {
  const { canaries } = secret;
  const rows = await rowsOf(server, secret.tenantId);
  /** What the thief has written into records of its own. */
  let written = '';
  for (const { name, swaps } of endpoints) {
    log.length = 0;
    const statuses: number[] = [];
    for (const request of swaps(nosy, secret).flatMap((swap) => [swap, disguised(swap, secret)])) {
      const answer = await ask(server.url, request);
      assert.ok(answer.status < 500 || answer.status === 503, `${name} answered ${answer.status}: ${answer.text}`);
      // What the asker named itself may be named to it again.
      const asked = JSON.stringify(request);
      const unasked = new Set([...canaries].filter((canary) => !asked.includes(canary) && !written.includes(canary)));
      assert.deepEqual(canariesIn(said(answer), unasked), [], `${name} tells: ${JSON.stringify(request)}`);
      if (answer.status < 300) written += asked;
      statuses.push(answer.status);
    }
    assert.ok(statuses.length > 0, `${name} is tried`);
    assert.deepEqual(canariesIn(log.join('\n'), canaries), [], `the log of ${name} tells`);
    assert.deepEqual(await rowsOf(server, secret.tenantId), rows, `${name} changes a row of the other tenant`);
    context.diagnostic(
      `${name}: ${[...new Set(statuses)]
        .sort()
        .map((status) => `${status} × ${statuses.filter((each) => each === status).length}`)
        .join(', ')}`,
    );
  }
}

/** The same request with the other tenant named wherever a careless server might look. */
function disguised(request: RawRequest, { tenantId, locationId, devices: [{ enrolment }] }: PlantedTenant): RawRequest {
  const named = `tenant_id=${tenantId}&location_id=${locationId}&device_id=${enrolment.deviceId}`;
  return {
    ...request,
    path: `${request.path}${request.path.includes('?') ? '&' : '?'}${named}`,
    headers: {
      'x-tenant-id': tenantId,
      'x-location-id': locationId,
      'x-device-id': enrolment.deviceId,
      cookie: `tenant_id=${tenantId}; device_token=${enrolment.deviceId}`,
    },
  };
}

const said = ({ text, headers }: RawAnswer): string =>
  [...headers].map((header) => header.join(': ')).join('\n') + text;

function canariesIn(text: string, canaries: ReadonlySet<string>): string[] {
  return [...canaries].filter((canary) => text.includes(canary));
}

test('every endpoint refuses those whom it is not for, and says nothing more', async () => {
  const tenant = await plantTenant(server, { word: 'plover', firstOrder: 10_001 });
  const credentials: Readonly<Record<Exclude<Audience, `${string} or ${string}`>, string | undefined>> = {
    anyone: undefined,
    operator: server.operatorToken,
    admin: tenant.adminToken,
    device: tenant.devices[0].enrolment.deviceToken,
  };
  const known: readonly Endpoint[] = endpoints.filter(({ audience }) => audience !== 'anyone');
  for (const { name, audience, plain } of known) {
    for (const [who, token] of Object.entries(credentials)) {
      if (audience.split(' or ').includes(who)) continue;
      const answer = await ask(server.url, { ...plain, ...(token === undefined ? {} : { token }) });
      const expected = who === 'anyone' ? [401, 'UNAUTHORIZED'] : [403, 'FORBIDDEN'];
      const { code } = JSON.parse(answer.text) as { code: string };
      assert.deepEqual([answer.status, code], expected, `${name} asked by ${who}`);
    }
    const stranger = await ask(server.url, { ...plain, token: `dvc_${'0'.repeat(64)}` });
    assert.equal(stranger.status, 401, name);
  }
});
