/**
 * Lets a program in Hermes speak with the real server. Hermes' command line has no network, but a program whose clock and
 * dice are given does the same every time: so it is run again with one more of the server's real answers to the requests
 * it printed, until it asks nothing further. Every run must repeat the earlier requests byte for byte.
 */
import assert from 'node:assert/strict';
import type { DeviceEnrolment } from '../server/restaurant.ts';
import { runInHermes } from './run_in_hermes.ts';

/** More exchanges than any test needs. */
const runsMax = 8;

interface Asked {
  readonly url: string;
  readonly init: { readonly method: string; readonly headers: Record<string, string>; readonly body: string };
}

interface Answered {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
}

/**
 * Runs `body` in an async function where `engine` is open over a store in memory, `link` is the network (`link.up`),
 * `until(condition)` waits for something that an event brings, and `tell(value)` says what came of it. Returns that.
 */
export async function converse<Told>(serverUrl: string, enrolment: DeviceEnrolment, body: string): Promise<Told> {
  const startMs = Date.now();
  const asked: Asked[] = [];
  const answers: Answered[] = [];
  for (let run = 0; run < runsMax; run += 1) {
    const { stdout, stderr, exitCode } = await runInHermes(program({ serverUrl, enrolment, startMs, answers }, body));
    assert.deepEqual([stderr, exitCode], ['', 0], stdout);
    const lines = stdout.split('\n');
    const requests = lines.filter((line) => line.startsWith('ask ')).map((line) => JSON.parse(line.slice(4)) as Asked);
    assert.deepEqual(requests.slice(0, asked.length), asked, 'the program repeats itself');
    const next = requests[asked.length];
    if (next === undefined) {
      const told = lines.find((line) => line.startsWith('tell '));
      assert.ok(told !== undefined, stdout);
      return JSON.parse(told.slice(5)) as Told;
    }
    asked.push(next);
    const answer = await fetch(next.url, next.init);
    answers.push({
      status: answer.status,
      contentType: answer.headers.get('content-type'),
      body: await answer.text(),
    });
  }
  throw new Error(`the program still asks after ${runsMax} exchanges`);
}

interface Given {
  readonly serverUrl: string;
  readonly enrolment: DeviceEnrolment;
  readonly startMs: number;
  readonly answers: readonly Answered[];
}

function program(given: Given, body: string): string {
  return `
  // Hermes' command line ignores the delay: what lies in the future never comes here.
  const soon = globalThis.setTimeout;
  globalThis.setTimeout = (task, ms) => (ms > 1000 ? 0 : soon(task, ms));
  const { memoryStorage, openEngine } = require('@auraconnect/offline-sync');
  const given = ${JSON.stringify(given)};
  let dice = 1;
  let ticks = 0;
  const randomBytes = (count) => {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = (dice = (dice * 48271) % 2147483647) >> 8;
    return bytes;
  };
  const link = { up: true };
  let asked = 0;
  const fetch = (url, init) => {
    if (!link.up) return Promise.reject(new Error('no link'));
    console.log('ask ' + JSON.stringify({ url, init }));
    const answer = given.answers[asked++];
    // With nothing left to wait for, the program ends.
    if (answer === undefined) return new Promise(() => {});
    const headers = { get: (name) => (name === 'content-type' ? answer.contentType : null) };
    return Promise.resolve({ status: answer.status, headers, text: () => Promise.resolve(answer.body) });
  };
  const tell = (value) => console.log('tell ' + JSON.stringify(value));
  async function main() {
    const engine = await openEngine({
      storage: memoryStorage(),
      serverUrl: given.serverUrl,
      enrolment: given.enrolment,
      staffId: 'stf_mara',
      pullIntervalMs: 3600000,
      randomBytes,
      now: () => given.startMs + ticks,
      monotonicNow: () => ticks++,
      fetch,
    });
    const until = (condition) => new Promise((resolve) => {
      const look = () => { if (condition()) { stop(); resolve(); } };
      const stop = engine.subscribe(look);
      soon(look, 0);
    });
    ${body}
    await engine.close();
  }
  main().catch((error) => { console.log('failed', error && error.code, error && error.message); });
`;
}
