// The worker whose WebAssembly traps while it is answering a request with the header `X-Trap`: in a microtask, as a panic does, it
// is made to reach behind the end of its memory.
import Ours from './shim.mjs';
import { LiveHub } from './index.js';

export * from './shim.mjs';

function trap(request) {
  const nowhere = Object.create(LiveHub.prototype);
  nowhere.__wbg_ptr = 0xffff_fff0;
  nowhere.fetch(request);
}

export default class extends Ours {
  fetch(request) {
    const answer = super.fetch(request);
    if (request.headers.has('X-Trap')) queueMicrotask(() => trap(request));
    return answer;
  }
}
