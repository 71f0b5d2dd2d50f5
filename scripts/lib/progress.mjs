// One line for each step of a build: what it was, whether it was needed, how long it took.
import { isCurrent, markCurrent } from './stamp.mjs';

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs `body` and prints one line with what it returns and the time it took. */
export async function timed(name, body) {
  const since = performance.now();
  const said = await body();
  console.log(`${name.padEnd(9)} ${said ?? 'done'} (${seconds(since)})`);
}

/** Runs `body` unless its inputs (`hash`) and outputs stand as it left them. */
export async function unlessCurrent(name, hash, outputs, body) {
  if (isCurrent(name, hash, outputs)) return 'unchanged';
  const said = await body();
  markCurrent(name, hash);
  return said;
}
