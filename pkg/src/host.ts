/** What the engine's core needs of its surroundings, taken from the options or from the platform. */
import type { Host, HostAnswer } from '../wasm/web/engine.js';
import { EngineError } from './engine_error.js';
import type { StoreKeys } from './keys/store_keys.js';
import type { EngineOptions, Fetch } from './types.js';

/** How long a request may take before its connection is given up, in milliseconds; the core's own time-out is shorter. */
const REQUEST_MS_MAX = 60_000;

/** Random bytes asked for at once. */
const RANDOM_POOL_BYTES = 4_096;

/** The host for one engine; `keys` keeps what seals its store, `notify` hears of every change. */
export function createHost(options: EngineOptions, keys: StoreKeys, notify: (event: string) => void): Host {
  const { storage } = options;
  const send = options.fetch ?? platformFetch();
  return {
    list: (prefix) => storage.list(prefix),
    read: (keys) => storage.read(keys),
    commit: (create, put, remove) => storage.commit({ create, put, delete: remove }),
    keepKeys: (ids) => keys.keep(ids),
    remember: (commitNumber) => keys.remember(commitNumber),
    post: (url, token, body) => post(send, url, token, body),
    randomBytes: pooled(randomBytesOf(options)),
    now: options.now ?? Date.now,
    monotonicNow: monotonicNowOf(options),
    offsetMinutes: () => -new Date().getTimezoneOffset(),
    notify,
  };
}

/** Sixteen random bytes in hexadecimal: names one run of the monotonic clock, or one tab. */
export function randomId(options: Pick<EngineOptions, 'randomBytes'>): string {
  const bytes = randomBytesOf(options)(16);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function post(send: Fetch, url: string, token: string, body: string): Promise<HostAnswer> {
  const response = await send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    retryAfter: response.headers.get('retry-after'),
    body: await response.text(),
  };
}

/** The platform's `fetch`, which gives its connection up in the end: some platforms keep a dead one for ever. */
export function platformFetch(): Fetch {
  const { fetch } = globalThis;
  if (typeof fetch !== 'function') throw new EngineError('HOST_INCOMPLETE', 'this platform has no fetch: pass one');
  return (url, init) => {
    const canTimeOut = typeof AbortSignal !== 'undefined' && typeof AbortSignal.timeout === 'function';
    return fetch(url, canTimeOut ? { ...init, signal: AbortSignal.timeout(REQUEST_MS_MAX) } : init);
  };
}

/** Asks for random bytes in larger pieces: each call costs as much as a whole command. Nothing is given out twice. */
function pooled(randomBytes: (count: number) => Uint8Array): (count: number) => Uint8Array {
  let pool = new Uint8Array();
  return (count) => {
    if (pool.length < count) pool = randomBytes(Math.max(count, RANDOM_POOL_BYTES)).slice();
    const taken = pool.slice(0, count);
    pool.fill(0, 0, count);
    pool = pool.subarray(count);
    return taken;
  };
}

/** Where random bytes come from: the app, else the platform. Throws `HOST_INCOMPLETE` where neither has any. */
export function randomBytesOf({ randomBytes }: Pick<EngineOptions, 'randomBytes'>): (count: number) => Uint8Array {
  return randomBytes ?? platformRandomBytes();
}

function platformRandomBytes(): (count: number) => Uint8Array {
  const { crypto } = globalThis;
  if (typeof crypto === 'undefined') {
    throw new EngineError('HOST_INCOMPLETE', 'this platform has no crypto.getRandomValues: pass randomBytes');
  }
  return (count) => crypto.getRandomValues(new Uint8Array(count));
}

/** The clock that never goes back: the app's, else the platform's. Throws `HOST_INCOMPLETE` where neither has one. */
export function monotonicNowOf({ monotonicNow }: Pick<EngineOptions, 'monotonicNow'>): () => number {
  return monotonicNow ?? platformMonotonicNow();
}

function platformMonotonicNow(): () => number {
  const { performance } = globalThis;
  if (typeof performance === 'undefined') {
    throw new EngineError('HOST_INCOMPLETE', 'this platform has no performance.now: pass monotonicNow');
  }
  return () => performance.now();
}
