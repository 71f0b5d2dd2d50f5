/** What becomes of a till's requests where something on the way behaves as no server would, or at the wrong moment. */
import type { Fate } from '../engine/cable.ts';

interface Body {
  readonly cursor: string | null;
  readonly mutations: readonly unknown[];
}

const asked = (init: Parameters<Fate>[2]): Body => JSON.parse(init.body ?? '{}') as Body;

/** The server hears the question and none of the mutations: the till reads while what it has made is still on its way. */
export const onlyReads: Fate = (_deliver, url, init) =>
  fetch(url, { ...init, body: JSON.stringify({ ...asked(init), mutations: [] }) });

/** The server decides, and of its reply only the verdicts arrive: the records come with a later one. */
export const onlyVerdicts: Fate = async (deliver, _url, init) => {
  const { status, headers, text } = await settledIn(deliver);
  const reply = { ...JSON.parse(text), changes: [], cursor: asked(init).cursor, has_more: false };
  return { status, headers, text: () => Promise.resolve(JSON.stringify(reply)) };
};

/** The server's own 401: the request arrives with a credential that nobody holds. */
export const withForeignToken: Fate = (_deliver, url, init) =>
  fetch(url, { ...init, headers: { ...init.headers, authorization: 'Bearer nobody' } });

/** Replies that are on their way until they are let go. */
export class HeldReplies {
  #letGo: () => void = () => undefined;
  readonly #released = new Promise<void>((resolve) => (this.#letGo = resolve));
  /** How many the server has given. */
  given = 0;

  readonly fate: Fate = async (deliver) => {
    const { status, headers, text } = await settledIn(deliver);
    this.given += 1;
    await this.#released;
    return { status, headers, text: () => Promise.resolve(text) };
  };

  release(): void {
    this.#letGo();
  }
}

async function settledIn(deliver: Parameters<Fate>[0]): Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}> {
  const answer = await deliver();
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
