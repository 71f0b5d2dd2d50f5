import type { Fetch } from '@auraconnect/offline-sync';

/**
 * The cable of one till, with a switch in it.
 *
 * Off means what an outage means: requests fail, and those under way lose their reply. The switch outlives a reload of
 * the page, because a restaurant's outage does too.
 */
export class TillNetwork {
  readonly #keptUnder: string;
  readonly #underWay = new Set<AbortController>();
  readonly #listeners = new Set<() => void>();
  #plugged: boolean;

  constructor(deviceId: string) {
    this.#keptUnder = `aura-pos-network-${deviceId}`;
    this.#plugged = sessionStorage.getItem(this.#keptUnder) !== 'off';
  }

  /** What the engine is given in place of `globalThis.fetch`. */
  readonly fetch: Fetch = async (url, init) => {
    if (!this.#plugged) throw new TypeError('The network switch of this till is off');
    const controller = new AbortController();
    this.#underWay.add(controller);
    try {
      const reply = await fetch(url, { ...init, signal: controller.signal });
      const body = await reply.text();
      return { status: reply.status, headers: reply.headers, text: () => Promise.resolve(body) };
    } catch (error) {
      if (controller.signal.aborted) throw new TypeError('The network was cut before the reply came');
      throw error;
    } finally {
      this.#underWay.delete(controller);
    }
  };

  readonly isPlugged = (): boolean => this.#plugged;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  setPlugged(plugged: boolean): void {
    this.#plugged = plugged;
    sessionStorage.setItem(this.#keptUnder, plugged ? 'on' : 'off');
    if (!plugged) for (const controller of this.#underWay) controller.abort();
    for (const listener of this.#listeners) listener();
  }

  /** Whether a request has a chance: the switch is on and the browser sees a network. */
  reachable(): boolean {
    return this.#plugged && navigator.onLine;
  }
}
