import { Disc } from 'lucide-react';
import type { ReactNode } from 'react';
import { download } from '../handover/download.ts';
import { stampedName } from '../handover/words.ts';
import { sentenceOf } from '../till/sentences.ts';
import { useTill } from '../till/useTill.ts';

/** Hands what this till saw lately to the browser to be saved, for whoever looks into what went wrong. */
export function SaveRecording(): ReactNode {
  const { engine, till, toasts } = useTill();
  const save = async (): Promise<void> => {
    try {
      const recording = await engine.recording();
      const name = `${stampedName(till.name, 'recording', new Date())}.json`;
      download(recording, 'application/json', name);
      toasts.show(
        'good',
        `Saved as ${name}. It holds orders, notes and names: give it only to whoever looks into the problem.`,
      );
    } catch (error) {
      toasts.show('error', sentenceOf(error));
    }
  };
  return (
    <section className="handover-ways" aria-label="When something went wrong">
      <h3>When something went wrong</h3>
      <button type="button" className="button button--wide" data-testid="save-recording" onClick={() => void save()}>
        <Disc aria-hidden="true" />
        Save a recording
      </button>
    </section>
  );
}
