import { useState } from 'react';
import { handoverRefusal } from './words.ts';

/** Work with a sealed file: whether it goes on, and why it was refused. */
export interface Sealing {
  readonly busy: boolean;
  readonly refusal: string | null;
  /** Does the work once the screen shows that it is busy; a second press meanwhile is dropped. */
  readonly run: (work: () => Promise<void>) => Promise<void>;
  readonly forget: () => void;
}

export function useSealing(): Sealing {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const run = async (work: () => Promise<void>): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setRefusal(null);
    // Making a key of a passphrase holds the page up for a second: what is busy must be on the screen before.
    await painted();
    try {
      await work();
    } catch (error) {
      setRefusal(handoverRefusal(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, run, forget: () => setRefusal(null) };
}

function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}
