// The worker whose WebAssembly fails while it is answering. With the header `X-Trap` it traps: in a microtask, as a panic does, it
// is made to reach behind the end of its memory. With `X-Throw` the host throws into it where the glue expects no exception.
import Ours from './shim.mjs';
import { LiveHub } from './index.js';

export * from './shim.mjs';

function trap(request) {
  const nowhere = Object.create(LiveHub.prototype);
  nowhere.__wbg_ptr = 0xffff_fff0;
  nowhere.fetch(request);
}

const throwing = (request) =>
  new Proxy(request, {
    get(target, name) {
      if (name === 'method') throw new Error('the host fails');
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

export default class extends Ours {
  fetch(request) {
    if (request.headers.has('X-Throw')) return super.fetch(throwing(request));
    const answer = super.fetch(request);
    if (request.headers.has('X-Trap')) queueMicrotask(() => trap(request));
    return answer;
  }
}
