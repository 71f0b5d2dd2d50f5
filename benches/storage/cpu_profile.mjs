// Where the page's main thread was while a step ran, from the samples of Chromium's profiler.

/** Shares of the time by kind, in milliseconds, and the heaviest functions. */
export function sumUp({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const kinds = { wasm: 0, js: 0, gc: 0, browser: 0, waiting: 0 };
  const functions = new Map();
  samples.forEach((id, place) => {
    const { callFrame } = byId.get(id);
    const ms = timeDeltas[place] / 1000;
    const kind = kindOf(callFrame);
    kinds[kind] += ms;
    if (kind !== 'wasm' && kind !== 'js') return;
    const name = `${callFrame.functionName || '(anonymous)'}${kind === 'wasm' ? ' [wasm]' : ''}`;
    functions.set(name, (functions.get(name) ?? 0) + ms);
  });
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
