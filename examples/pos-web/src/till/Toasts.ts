/** One short message on a till. */
export interface Toast {
  readonly id: number;
  readonly tone: 'error' | 'good';
  readonly text: string;
}

const SHOWN_MS = 6_000;
const SHOWN_MAX = 3;

/** The messages one till shows now. */
export class Toasts {
  readonly #listeners = new Set<() => void>();
  #shown: readonly Toast[] = [];
  #nextId = 1;

  readonly shown = (): readonly Toast[] => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  show(tone: Toast['tone'], text: string): void {
    const id = this.#nextId++;
    this.#set([...this.#shown, { id, tone, text }].slice(-SHOWN_MAX));
    window.setTimeout(() => this.dismiss(id), SHOWN_MS);
  }

  dismiss(id: number): void {
    this.#set(this.#shown.filter((toast) => toast.id !== id));
  }

  #set(shown: readonly Toast[]): void {
    this.#shown = shown;
    for (const listener of this.#listeners) listener();
  }
}
