// The worker under a clock and with randomness that come from outside: each request brings both, so that the same requests
// make the same ids, tokens and times wherever they are answered.
import Ours from './shim.mjs';

export * from './shim.mjs';

/** Bytes of randomness that the worker takes for a request. */
const entropyBytes = 64;

let now = Date.now();
let entropy = new Uint8Array(entropyBytes);

class OutsideDate extends Date {
  constructor(...parts) {
    if (parts.length === 0) super(now);
    else super(...parts);
  }

  static now() {
    return now;
  }
}

globalThis.Date = OutsideDate;

const fill = crypto.getRandomValues.bind(crypto);
Object.defineProperty(crypto, 'getRandomValues', {
  value: (array) => {
    if (array.byteLength !== entropyBytes) return fill(array);
    array.set(entropy);
    return array;
  },
});

export default class extends Ours {
  fetch(request) {
    now = Number(request.headers.get('x-now'));
    entropy = Uint8Array.from(request.headers.get('x-entropy').match(/../g), (digits) => parseInt(digits, 16));
    // For what happens without a request: the clock is set, and nothing else.
    if (request.headers.has('x-only-time')) return new Response(null, { status: 204 });
    return super.fetch(request);
  }
}
