import './conflicts.css';
import { type ReactNode, useState } from 'react';
import { useConflicts } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { ConflictDetail } from './ConflictDetail.tsx';
import { ConflictList } from './ConflictList.tsx';
import { placeOf } from './words.ts';

interface ConflictInboxProps {
  /** Starts with this one. */
  readonly conflictId?: string | undefined;
  readonly onClose: () => void;
}

/** Where two people changed the same thing without seeing each other: each such place, and the way to decide it. */
export function ConflictInbox({ conflictId, onClose }: ConflictInboxProps): ReactNode {
  const conflicts = useConflicts();
  const [chosenId, setChosenId] = useState(conflictId ?? null);
  const chosen = conflicts.find((conflict) => conflict.conflictId === chosenId);
  return (
    <Sheet
      title={chosen ? placeOf(chosen) : 'Conflicts'}
      subtitle="Changed on two tills"
      size={chosen ? 'large' : 'medium'}
      testId="conflict-inbox-sheet"
      onBack={chosen ? () => setChosenId(null) : undefined}
      onClose={onClose}
    >
      {chosen ? (
        <ConflictDetail key={chosen.conflictId} conflict={chosen} />
      ) : (
        <ConflictList conflicts={conflicts} onChoose={setChosenId} />
      )}
    </Sheet>
  );
}
