/** The connection between a till and its server, in a test's hand: cut it, lose replies, answer in the server's place. */
import type { Fetch } from '@auraconnect/offline-sync';

type Init = Parameters<Fetch>[1];
type Answer = Awaited<ReturnType<Fetch>>;

/** What becomes of a request; `deliver` brings it to the server and its reply back. */
export type Fate = (deliver: () => Promise<Answer>, url: string, init: Init) => Promise<Answer>;

/** Everything passes. */
export const whole: Fate = (deliver) => deliver();

/** Nothing leaves the till. */
export const cut: Fate = () => Promise.reject(new TypeError('the cable is cut'));

/** The server gets every request and no reply comes back. */
export const repliesLost: Fate = async (deliver) => {
  await deliver();
  throw new TypeError('the cable was cut before the reply came');
};

/** Something answers in the server's place. */
export function answering(status: number, contentType: string, body: string): Fate {
  const headers = { get: (name: string) => (name.toLowerCase() === 'content-type' ? contentType : null) };
  return () => Promise.resolve({ status, headers, text: () => Promise.resolve(body) });
}

/** A cable that is whole until a test changes its fate. */
export class Cable {
  /** Every request of the till, passed on or not. */
  readonly sent: { readonly url: string; readonly init: Init }[] = [];
  fate: Fate = whole;

  /** What the engine is given in place of `globalThis.fetch`. */
  readonly fetch: Fetch = (url, init) => {
    this.sent.push({ url, init });
    return this.fate(() => globalThis.fetch(url, init), url, init);
  };

  /** The bodies of the requests that carried mutations. */
  pushes(): { readonly mutations: readonly { readonly id: string; readonly seq: number }[] }[] {
    return this.sent.map(({ init }) => JSON.parse(init.body ?? '{}')).filter(({ mutations }) => mutations.length > 0);
  }
}
