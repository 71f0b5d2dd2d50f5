/**
 * The part of the engine's JavaScript that wasm2js made. It is old JavaScript already, and five megabytes of it: Babel would want
 * more memory for its tree than a process has, and change nothing.
 */
export interface MachineMade {
  /** The source with a mark in the place of that function's body. */
  readonly source: string;
  /** Puts the body back into what became of the source. */
  restore(lowered: string): string;
}

const mark = '"made by wasm2js"';
/** A function this long is no person's. */
const lengthMin = 1_000_000;

/** Takes the body of the machine-made function out, where there is one. */
export function withoutMachineMade(source: string): MachineMade {
  for (const { index } of source.matchAll(/function [\w$]+\([\w$]+\)\{/g)) {
    const begin = source.indexOf('{', index) + 1;
    const end = endOfBlock(source, begin);
    if (end - begin < lengthMin) continue;
    const body = source.slice(begin, end);
    const newer = /=>|\blet\b|\bconst\b|\bclass\b|`/.exec(body);
    if (newer !== null) continue;
    return {
      source: `${source.slice(0, begin)}${mark}${source.slice(end)}`,
      restore: (lowered) => {
        const parts = lowered.split(/"made by wasm2js";?/);
        if (parts.length !== 2) throw new Error('the mark of the machine-made function is not there once');
        return parts.join(body);
      },
    };
  }
  return { source, restore: (lowered) => lowered };
}

/** Where the block ends that begins at `from`; texts may hold braces. */
function endOfBlock(source: string, from: number): number {
  let depth = 1;
  const token = /[{}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;
  token.lastIndex = from;
  for (let found = token.exec(source); found !== null; found = token.exec(source)) {
    if (found[0] === '{') depth += 1;
    if (found[0] === '}') depth -= 1;
    if (depth === 0) return found.index;
  }
  return source.length;
}
