/** One task of the platform's background, as expo-background-task runs them on React Native. */
import type { Engine } from '../types.js';
import { drainAndClose } from './drain_and_close.js';

const TASK_MS = 20_000;

/** Options of {@link syncInBackground}. */
export interface BackgroundTaskOptions {
  /**
   * How long to drain at most, in milliseconds, after the engine is open; 1 to 3,600,000, 20,000 when absent: iOS gives some tasks
   * 30 seconds.
   */
  timeoutMs?: number;
  /**
   * The engine that the app has open in this JavaScript context, if it has one. It is drained as it is and stays open; `open` is not
   * called.
   */
  current?: () => Engine | undefined;
}

/**
 * Drains the device's queue once: through the engine that is open already, else through one that `open` opens and that is closed
 * afterwards. Never rejects. `success`: nothing waits any more. `failed`: something does, or the store could not be opened, e.g.
 * with `STORE_IN_USE` because the app opened it and `current` does not tell; nothing is lost by that.
 */
export async function syncInBackground(
  open: () => Promise<Engine>,
  { timeoutMs = TASK_MS, current }: BackgroundTaskOptions = {},
): Promise<'success' | 'failed'> {
  try {
    const engine = current?.();
    const { outcome } = await (engine ? engine.drain({ timeoutMs }) : drainAndClose(open, timeoutMs));
    return outcome === 'drained' ? 'success' : 'failed';
  } catch {
    return 'failed';
  }
}
