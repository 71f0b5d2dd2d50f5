// The worker with a bug in one of its statements, to see whether the tests notice. Which one stands in the module `bug.mjs`.
import Ours from './shim.mjs';
import { bug } from './bug.mjs';

export * from './shim.mjs';

/** The same database, for which one statement says something else. */
function sabotaged(database) {
  return new Proxy(database, {
    get(target, name) {
      const value = Reflect.get(target, name);
      // By its constructor's name the worker knows that this is a database.
      if (typeof value !== 'function' || name === 'constructor') return value;
      if (name !== 'prepare') return value.bind(target);
      return (sql) => {
        const plain = sql.replace(/\s+/g, ' ');
        if (!plain.includes(bug.find)) return target.prepare(sql);
        console.warn('the planted statement runs');
        return target.prepare(plain.replace(bug.find, bug.replace));
      };
    },
  });
}

export default class extends Ours {
  constructor(context, env) {
    super(context, { ...env, DB: sabotaged(env.DB) });
  }
}
