import './handover.css';
// Not loaded when it is wanted but with the page: it is wanted where there is no network.
import { exportFile } from '@auraconnect/offline-sync/export';
import { Download } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useStatus, useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { download } from './download.ts';
import { PassphraseField } from './PassphraseField.tsx';
import { Refusal } from './Refusal.tsx';
import { useSealing } from './useSealing.ts';
import { fileNameOf, PASSPHRASE_CHARACTERS_MIN, unsentSentence } from './words.ts';

/** Puts what this till has not sent into a sealed file, and hands it to the browser to be saved. */
export function SaveUnsentSheet({ onClose }: { readonly onClose: () => void }): ReactNode {
  const session = useTill();
  const waiting = useStatus(session).queueDepth > 0;
  const [passphrase, setPassphrase] = useState('');
  const { busy, refusal, run, forget } = useSealing();
  const ready = waiting && [...passphrase].length >= PASSPHRASE_CHARACTERS_MIN;

  const save = async (): Promise<void> => {
    const file = await exportFile(session.engine, { passphrase });
    const name = fileNameOf(session.till.name, new Date());
    download(file.slice(), 'application/octet-stream', name);
    session.toasts.show('good', `Saved as ${name}. Open it at another till under Notices.`);
    onClose();
  };

  return (
    <Sheet title="Save unsent orders" subtitle={session.till.name} size="small" testId="save-unsent" onClose={onClose}>
      <form
        className="handover"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void run(save);
        }}
      >
        <p>{unsentSentence(session.store.unsentOrders())}</p>
        {waiting && (
          <>
            <p className="handover__why">
              The file takes them to another till, which sends them. They stay here as well: whichever till is first,
              each counts once.
            </p>
            <PassphraseField
              hint={`At least ${PASSPHRASE_CHARACTERS_MIN} characters. Without it nobody can open the file, and nobody can replace it.`}
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
              data-testid="save-unsent-confirm"
            >
              <Download aria-hidden="true" />
              {busy ? 'Sealing the file …' : 'Save the file'}
            </button>
          </>
        )}
      </form>
    </Sheet>
  );
}
