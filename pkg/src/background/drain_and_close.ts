import type { Drained, Engine } from '../types.js';

/** Opens an engine for one drain. It is closed in any case: whoever comes next must find the store free. */
export async function drainAndClose(open: () => Promise<Engine>, timeoutMs: number): Promise<Drained> {
  const engine = await open();
  try {
    return await engine.drain({ timeoutMs });
  } finally {
    await engine.close();
  }
}
