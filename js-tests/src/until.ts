/** Waiting for something to come true, bounded. Nothing in these tests waits for time to pass. */

const lookAgainMs = 15;

/** Resolves with what `look` answers as soon as that is truthy; fails with `what` was awaited after `msMax`. */
export async function until<T>(what: string, look: () => T | Promise<T>, msMax = 20_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + msMax;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${msMax} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}
