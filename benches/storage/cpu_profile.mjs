// Where the page's main thread was while a step ran, from the samples of Chromium's profiler.

/** The time by kind, in milliseconds, and the heaviest functions. */
export function sumUp(profiles) {
  const kinds = { wasm: 0, js: 0, gc: 0, browser: 0, waiting: 0 };
  const functions = new Map();
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    samples.forEach((id, sample) => {
      const frame = frames.get(id);
      const ms = timeDeltas[sample] / 1000;
      const kind = kindOf(frame);
      kinds[kind] += ms;
      if (kind !== 'wasm' && kind !== 'js') return;
      const { functionName, url, lineNumber, columnNumber } = frame;
      // Minified names repeat; where a function stands does not.
      const where = kind === 'wasm' ? 'wasm' : `${url.replace(/^.*\//, '')}:${lineNumber + 1}:${columnNumber + 1}`;
      const name = `${functionName || 'anonymous'} [${where}]`;
      functions.set(name, (functions.get(name) ?? 0) + ms);
    });
  }
  const heaviest = [...functions].sort((a, b) => b[1] - a[1]).slice(0, 8);
  return { kinds, heaviest };
}

function kindOf({ functionName, url }) {
  if (functionName === '(idle)') return 'waiting';
  if (functionName === '(garbage collector)') return 'gc';
  // Structured clones, messages to the storage service and everything else of the browser's own.
  if (functionName === '(program)' || functionName === '(root)') return 'browser';
  return url.startsWith('wasm:') ? 'wasm' : 'js';
}
