// The worker inside the bench: requests under /raw/ go to the hand-written contender, all others to our own worker. Where a
// request asks for it, what it runs on D1 is counted and timed at the binding itself and told in the answer's headers.
import Ours from './shim.mjs';
import { writeRaw } from './raw.mjs';

export * from './shim.mjs';

/** The same database, which counts what passes. */
function counting(database, count) {
  return new Proxy(database, {
    get(target, name) {
      const value = Reflect.get(target, name);
      // By its constructor's name the worker knows that this is a database.
      if (typeof value !== 'function' || name === 'constructor') return value;
      if (name !== 'batch') return value.bind(target);
      return async (statements) => {
        count.statements += statements.length;
        const since = performance.now();
        try {
          return await target.batch(statements);
        } finally {
          count.batchesMs.push(performance.now() - since);
        }
      };
    },
  });
}

class Outer extends Ours {
  constructor(context, env) {
    const count = { statements: 0, batchesMs: [] };
    super(context, { ...env, DB: counting(env.DB, count) });
    this.count = count;
  }

  async fetch(request) {
    const answer = await super.fetch(request);
    const headers = new Headers(answer.headers);
    headers.set('x-d1-batches-ms', this.count.batchesMs.join(' '));
    headers.set('x-d1-statements', String(this.count.statements));
    return new Response(answer.body, { status: answer.status, headers });
  }
}

export default class extends Ours {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/raw/')) return writeRaw(request, this.env, pathname);
    if (request.headers.has('x-count')) return new Outer(this.ctx, this.env).fetch(request);
    return super.fetch(request);
  }
}
