/** The two calls of an engine that a file needs, on paper: what it exports is given, what it is given is kept. */
export class PaperEngine {
  readonly imported: string[] = [];
  readonly #text: string;

  constructor(text = '') {
    this.#text = text;
  }

  readonly exportUnsynced = (): string => this.#text;

  readonly importUnsynced = (text: string): Promise<void> => {
    this.imported.push(text);
    return Promise.resolve();
  };
}

/** Enough that the sealed text is cut into several pieces, with letters of two, three and four bytes across every edge. */
export function longExport(): string {
  const notes = Array.from({ length: 9_000 }, (_, place) => `${place} crème brûlée, 寿司, 🍕`);
  return JSON.stringify({ format: 1, notes });
}

/** The cheapest passphrase there is: these tests seal often, and none of them is about the cost. */
export const cheap = { workFactor: 10 } as const;
