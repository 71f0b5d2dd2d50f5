/** Runs what it is given when everything given before has ended, well or badly. */
export type TakeTurn = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** A queue of its own. Stores without a queue need one: their calls would mix with one another between two steps of a write. */
export function createTurns(): TakeTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn;
    return turn;
  };
}
