/** What the package does not export: the seat of an engine at a shared store, bundled from its sources for Node. */
import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TabSeat } from '../../../pkg/src/tabs/tab_seat.ts';

/** The class. */
export async function loadTabSeat(): Promise<typeof TabSeat> {
  const entry = fileURLToPath(new URL('../../../pkg/src/tabs/tab_seat.ts', import.meta.url));
  const dir = await mkdtemp(join(tmpdir(), 'tabs-'));
  try {
    const outfile = join(dir, 'tab_seat.mjs');
    await build({ entryPoints: [entry], bundle: true, outfile, format: 'esm' });
    const module = (await import(pathToFileURL(outfile).href)) as { TabSeat: typeof TabSeat };
    return module.TabSeat;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
