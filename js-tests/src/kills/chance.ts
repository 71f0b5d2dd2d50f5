/** Chance with a seed: a run that failed can be drawn again. */

/** Draws numbers. */
export interface Chance {
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  /** One of the values. */
  oneOf<T>(values: readonly [T, ...T[]]): T;
}

/** A seed nobody chose, 0 to 2^32 − 1. */
export function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

/** The draws that belong to a seed (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number): number => min + Math.floor(fraction() * (max - min + 1));
  return { between, oneOf: (values) => values[between(0, values.length - 1)] as (typeof values)[number] };
}
