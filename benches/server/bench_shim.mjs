// The worker inside the bench: requests under /raw/ go to the hand-written contender, all others to our own worker. Where a
// request asks for it, what it runs on D1 is counted and timed at the binding itself and told in a header of the answer.
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
          const results = await target.batch(statements);
          for (const { meta } of results) {
            count.rowsRead += meta.rows_read;
            count.rowsWritten += meta.rows_written;
            count.databaseBytes = meta.size_after;
          }
          return results;
        } finally {
          count.batchesMs.push(performance.now() - since);
        }
      };
    },
  });
}

class Outer extends Ours {
  constructor(context, env) {
    const count = { statements: 0, batchesMs: [], rowsRead: 0, rowsWritten: 0, databaseBytes: 0 };
    super(context, { ...env, DB: counting(env.DB, count) });
    this.count = count;
  }

  async fetch(request) {
    const answer = await super.fetch(request);
    const headers = new Headers(answer.headers);
    headers.set('x-d1', JSON.stringify(this.count));
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
