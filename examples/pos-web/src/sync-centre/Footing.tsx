import { Clock, HardDrive } from 'lucide-react';
import type { ReactNode } from 'react';
import { storageAdvice, storageTitle } from '../status/words.ts';
import { useStatus, useTill } from '../till/useTill.ts';
import { clockWords } from './words.ts';

/** Whether this till's store and its clock can be relied on. */
export function Footing(): ReactNode {
  const { storage, clockOffsetMs } = useStatus(useTill());
  const clock = clockWords(clockOffsetMs);
  const stored = storage.state === 'ok';
  return (
    <ul className="footing" aria-label="This till">
      <li data-tone={stored ? 'good' : 'trouble'} data-testid="storage-state" data-state={storage.state}>
        <HardDrive aria-hidden="true" />
        <div>
          <strong>{stored ? 'Everything is saved on this till' : storageTitle(storage.state)}</strong>
          <span>{stored ? 'It survives a restart and a power cut.' : storageAdvice(storage)}</span>
        </div>
      </li>
      {clock !== null && (
        <li data-tone="offline" data-testid="clock-offset">
          <Clock aria-hidden="true" />
          <div>
            <strong>This till’s clock is {clock}</strong>
            <span>Have somebody set it. The server puts the times of orders right.</span>
          </div>
        </li>
      )}
    </ul>
  );
}
