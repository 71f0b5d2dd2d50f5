import './handover.css';
import { importFile } from '@auraconnect/offline-sync/export';
import { FileInput, FileCheck } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { PassphraseField } from './PassphraseField.tsx';
import { Refusal } from './Refusal.tsx';
import { useSealing } from './useSealing.ts';

/** Takes over what another till could not send, from the file that it saved. */
export function TakeOverSheet({ onClose }: { readonly onClose: () => void }): ReactNode {
  const session = useTill();
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState('');
  const { busy, refusal, run, forget } = useSealing();
  const ready = file !== null && passphrase !== '';

  const takeOver = async (): Promise<void> => {
    if (file === null) return;
    await importFile(session.engine, new Uint8Array(await file.arrayBuffer()), { passphrase });
    session.toasts.show('good', `${file.name} is taken over: its orders are saved here and will be sent.`);
    onClose();
  };

  return (
    <Sheet title="Take over a file" subtitle={session.till.name} size="small" testId="take-over" onClose={onClose}>
      <form
        className="handover"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void run(takeOver);
        }}
      >
        <p className="handover__why">
          From a till that cannot reach the server any more. This one sends its orders; what was sent already counts
          once.
        </p>
        <label className="button button--wide handover__file" data-chosen={file !== null}>
          {file === null ? <FileInput aria-hidden="true" /> : <FileCheck aria-hidden="true" />}
          <span>{file === null ? 'Choose the file' : file.name}</span>
          <input
            type="file"
            className="visually-hidden"
            accept=".age"
            data-testid="take-over-file"
            onChange={(event) => {
              setFile(event.target.files?.[0] ?? null);
              forget();
            }}
          />
        </label>
        <PassphraseField
          hint="The one that was typed when the file was saved."
          value={passphrase}
          onChange={(value) => {
            setPassphrase(value);
            forget();
          }}
        />
        <Refusal text={refusal} />
        <button
          type="submit"
          className="button button--primary button--wide"
          aria-disabled={!ready || busy}
          data-testid="take-over-confirm"
        >
          {busy ? 'Opening the file …' : 'Take over'}
        </button>
      </form>
    </Sheet>
  );
}
