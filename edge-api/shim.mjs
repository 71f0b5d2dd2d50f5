// The module that Cloudflare runs: it hands each request to the Rust worker and brings the worker back after a panic.
//
// A panic traps inside a microtask, so the request's promise would never settle and the broken instance would answer
// every later request of this isolate. The trap is seen here as an uncaught error: all requests in flight fail at
// once, and the next request starts with a fresh instance. D1 is the only state, so nothing else is lost.
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import * as worker from './index.js';

let broken = false;
// How often the instance was replaced: what belongs to an older one is dead.
let life = 0;
const inFlight = new Set();

// What ends an instance: a trap, or an exception of the host's that the glue does not hand to Rust.
const endsTheInstance = (error) => error instanceof WebAssembly.RuntimeError || error?.message === 'Critical error';

function abandon(error) {
  broken = true;
  for (const fail of inFlight) fail(error);
  inFlight.clear();
}

// As on every other answer (edge-api/src/sync_api/headers.rs): there is no worker to ask for them.
const headersOfEveryAnswer = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  Vary: 'Origin',
};

// The same form as every other refusal; what went wrong is in the log, never in the answer. Pages of other origins cannot read
// it and take it for a lost connection, after which a device does the same.
function failed() {
  const problem = {
    type: 'https://auraconnect.dev/problems/internal',
    title: 'Internal error',
    status: 500,
    code: 'INTERNAL',
    detail: 'The server stopped while answering. The request may be sent again.',
    request_id: `req_${crypto.randomUUID().replaceAll('-', '').slice(0, 20)}`,
  };
  console.error('failed request', problem.request_id);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      ...headersOfEveryAnswer,
      'Content-Type': 'application/problem+json',
      'X-Request-Id': problem.request_id,
    },
  });
}

// Nothing here throws outside of a request: whatever is seen here came out of the instance.
addEventListener('error', (event) => abandon(event.error));

function revive() {
  if (!broken) return;
  worker.__wbg_reset_state();
  broken = false;
  life += 1;
}

// The sockets of one location. Whatever must last lies in the sockets themselves, so the object may be made anew at any time:
// it is where the instance that it belonged to has trapped.
export class LiveHub extends DurableObject {
  #hub;
  #life;

  #current() {
    revive();
    if (this.#life !== life) {
      this.#hub = new worker.LiveHub(this.ctx, this.env);
      this.#life = life;
    }
    return this.#hub;
  }

  fetch(request) {
    return this.#current().fetch(request);
  }

  webSocketMessage(socket, message) {
    return this.#current().webSocketMessage(socket, message);
  }

  webSocketClose(socket, code, reason, wasClean) {
    return this.#current().webSocketClose(socket, code, reason, wasClean);
  }

  // What failed is gone from the object's list by itself.
  webSocketError() {}
}

// What the Rust worker does, or the trap that ended it.
async function run(work) {
  revive();
  let fail;
  const trapped = new Promise((_, reject) => (fail = reject));
  inFlight.add(fail);
  try {
    return await Promise.race([work(), trapped]);
  } catch (error) {
    if (endsTheInstance(error)) abandon(error);
    throw error;
  } finally {
    inFlight.delete(fail);
  }
}

export default class extends WorkerEntrypoint {
  fetch(request) {
    return run(() => worker.fetch(request, this.env, this.ctx)).catch(failed);
  }

  // By the clock of wrangler.toml. Where it fails Cloudflare notes it, and the next hour does it.
  scheduled(event) {
    return run(() => worker.scheduled(event, this.env, this.ctx));
  }
}
