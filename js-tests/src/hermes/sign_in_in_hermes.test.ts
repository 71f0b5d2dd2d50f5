/** Signing in where WebAssembly does not run: the server sends such a platform a hash that its engine can derive. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { only, sharedServer } from '../engine/shared_server.ts';
import { drained, openReadyTill } from '../engine/till.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { converse } from './conversation.ts';
import { hermesBinary } from './run_in_hermes.ts';

const skip = hermesBinary() === null ? 'the npm registry has no Hermes for this platform' : false;
const server = sharedServer();

interface Told {
  readonly wrong: string;
  readonly signedIn: string;
  readonly opened: string;
  readonly refused: string;
  readonly unlockMs: number;
}

test('in Hermes somebody signs in by PIN without a link, and a wrong PIN opens nothing', { skip }, async (context) => {
  const restaurant = await openRestaurant(server(), []);
  const mara = { staff_id: 'stf_mara', display: 'Mara V.', role: 'server', pin: '4826' };
  await restaurant.asAdmin('POST', '/admin/staff', mara);
  const device = await restaurant.enrol('Phone', 'ios');
  const told = await converse<Told>(
    server().url,
    device,
    `
    await until(() => engine.staff.list().some(({ canSignIn }) => canSignIn));
    link.up = false;
    const codeOf = (doing) => doing.then(() => 'taken', ({ code }) => code);
    const refused = await codeOf(engine.orders.open());
    const wrong = await codeOf(engine.staff.signIn('stf_mara', '4827'));
    const since = Date.now();
    const { display: signedIn } = await engine.staff.signIn('stf_mara', '4826');
    const unlockMs = Date.now() - since;
    const { status: opened } = await engine.orders.open();
    await engine.close();
    tell({ refused, wrong, signedIn, opened, unlockMs });
    `,
  );
  const { unlockMs, ...rest } = told;
  assert.deepEqual(rest, { refused: 'NOT_SIGNED_IN', wrong: 'PIN_WRONG', signedIn: 'Mara V.', opened: 'open' });
  context.diagnostic(`a PIN opened a grant in ${unlockMs.toFixed(0)} ms in Hermes, by PBKDF2`);

  const web = await openReadyTill(server().url, await restaurant.enrol('Tablet', 'web'));
  await until('the grants are here', () => web.staff.list().some(({ canSignIn }) => canSignIn));
  const since = performance.now();
  await web.staff.signIn('stf_mara', '4826');
  context.diagnostic(`and in ${(performance.now() - since).toFixed(0)} ms in WebAssembly, by Argon2id`);
  await drained(web);
  assert.equal(only(web.staff.list()).canSignIn, true);
});
