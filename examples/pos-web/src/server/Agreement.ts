import { decisionsOnTheirWay } from '../till/EngineStore.ts';
import type { TillSession } from '../till/TillSession.ts';

/** Whether the tills and the server hold the same, in words. */
export interface Agreement {
  readonly state: 'agree' | 'apart' | 'settling';
  readonly text: string;
}

const ASK_AGAIN_MS = 1_000;

/** Compares what two tills have confirmed, whenever either changes and once a second besides. */
export class AgreementWatch {
  readonly #sessions: readonly [TillSession, TillSession];
  #agreement: Agreement;

  constructor(first: TillSession, second: TillSession) {
    this.#sessions = [first, second];
    this.#agreement = agreementOf(first, second);
  }

  readonly agreement = (): Agreement => this.#agreement;

  readonly subscribe = (listener: () => void): (() => void) => {
    const look = (): void => {
      const now = agreementOf(...this.#sessions);
      if (now.state === this.#agreement.state && now.text === this.#agreement.text) return;
      this.#agreement = now;
      listener();
    };
    const stops = this.#sessions.map((session) => session.store.subscribeStatus(look));
    const timer = window.setInterval(look, ASK_AGAIN_MS);
    return () => {
      window.clearInterval(timer);
      for (const stop of stops) stop();
    };
  };
}

function agreementOf(first: TillSession, second: TillSession): Agreement {
  const unseen = [first, second].map(unseenBy).filter((sentence) => sentence !== null);
  if (unseen.length > 0) return { state: 'apart', text: unseen.join(' · ') };
  if (first.engine.confirmedHash() !== second.engine.confirmedHash()) {
    const offline = [first, second].find((session) => !session.network.isPlugged());
    return offline
      ? { state: 'apart', text: `${offline.till.name} has not heard the newest changes` }
      : { state: 'settling', text: 'The tills are catching up' };
  }
  return { state: 'agree', text: 'Both tills and the server agree' };
}

function unseenBy(session: TillSession): string | null {
  const { queueDepth } = session.store.status();
  const decisions = decisionsOnTheirWay(session.store.conflicts());
  if (queueDepth + decisions === 0) return null;
  if (queueDepth === 0) return `${session.till.name} has a decision the server has not seen`;
  const orders = session.store.unsentOrders();
  const things = orders === 0 ? `${queueDepth} changes` : orders === 1 ? '1 order' : `${orders} orders`;
  return `${session.till.name} has ${things} the server has not seen`;
}
