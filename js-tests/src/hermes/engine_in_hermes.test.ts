import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStorage, openEngine } from '@auraconnect/offline-sync';
import { startLocalServer } from '../server/local_server.ts';
import { type DeviceEnrolment, openRestaurant } from '../server/restaurant.ts';
import { hermesBinary, runInHermes } from './run_in_hermes.ts';

const skip = hermesBinary() === null ? 'the npm registry has no Hermes for this platform' : false;

/** One till's identity and the server's answer to its first exchange, which brings the menu. */
interface FirstExchange {
  readonly enrolment: DeviceEnrolment;
  readonly answer: string;
}

/** Hermes' command line has no network, so the same till's first exchange is made here and handed over. */
async function firstExchange(): Promise<FirstExchange> {
  const server = await startLocalServer();
  try {
    const [enrolment] = (await openRestaurant(server, ['Till A'])).devices;
    assert.ok(enrolment !== undefined);
    let answer: string | undefined;
    const engine = await openEngine({
      storage: memoryStorage(),
      serverUrl: server.url,
      enrolment,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        answer ??= await response.clone().text();
        return response;
      },
    });
    await new Promise<void>((resolve) => {
      engine.subscribe(() => {
        if (engine.menu() !== undefined) resolve();
      });
      engine.syncNow();
    });
    await engine.close();
    assert.ok(answer !== undefined);
    return { enrolment, answer };
  } finally {
    await server.stop();
  }
}

/** Opens `engine` on a memory store; after its first exchange the link is gone. Then runs `body`. */
const offline = ({ enrolment, answer }: FirstExchange, body: string) => `
  const { memoryStorage, openEngine } = require('@auraconnect/offline-sync');
  let dice = 1;
  const randomBytes = (count) => {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = (dice = (dice * 48271) % 2147483647) >> 8;
    return bytes;
  };
  // The answer to another request, under the name of this one.
  const answerTo = (request) => ({
    status: 200,
    headers: { get: (name) => (name === 'content-type' ? 'application/json' : null) },
    text: () => Promise.resolve(JSON.stringify(Object.assign(${answer}, { echo: JSON.parse(request).echo }))),
  });
  let answered = false;
  async function main() {
    const engine = await openEngine({
      storage: memoryStorage(),
      serverUrl: 'http://offline.invalid',
      enrolment: ${JSON.stringify(enrolment)},
      staffId: 'stf_mara',
      randomBytes,
      now: Date.now,
      monotonicNow: Date.now,
      fetch: (url, { body }) => {
        if (answered) return Promise.reject(new Error('no link'));
        answered = true;
        return Promise.resolve(answerTo(body));
      },
    });
    await new Promise((resolve) => {
      engine.subscribe(() => { if (engine.menu() !== undefined) resolve(); });
      engine.syncNow();
    });
    engine.setConnection('offline');
    ${body}
    await engine.close();
  }
  main().catch((error) => { console.log('failed', error && error.code, error && error.message); });
`;

test('orders are saved offline in Hermes, and read the same after its memory has grown', { skip }, async () => {
  const run = await runInHermes(
    offline(
      await firstExchange(),
      `
      const first = await engine.orders.open({ tableId: 'tbl_12', guests: 2 });
      console.log(first.ticketNo, engine.orders.get(first.orderId).tableId, engine.status().queueDepth);
      const opened = [];
      for (let round = 0; round < 25; round++) {
        const orders = Array.from({ length: 20 }, (_, n) => engine.orders.open({ tableId: 'tbl_' + round + '_' + n }));
        opened.push(...(await Promise.all(orders)));
      }
      const same = opened.every((order) => JSON.stringify(engine.orders.get(order.orderId)) === JSON.stringify(order));
      console.log(same, engine.orders.list().length, engine.status().queueDepth);
    `,
    ),
  );
  assert.deepEqual(run, { stdout: 'A-0001 tbl_12 1\ntrue 501 501\n', stderr: '', exitCode: 0 });
});
