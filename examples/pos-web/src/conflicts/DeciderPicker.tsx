import { type ReactNode, useEffect, useRef } from 'react';
import { StaffPicks } from '../staff/StaffPicks.tsx';
import { deciders } from '../staff/names.ts';
import { useTill } from '../till/useTill.ts';

interface DeciderPickerProps {
  readonly staffId: string | null;
  /** A choice was pressed before anybody was picked. */
  readonly asked: boolean;
  readonly onPick: (staffId: string) => void;
}

/** Money is decided by a manager; the till stays with whoever works it. */
export function DeciderPicker({ staffId, asked, onPick }: DeciderPickerProps): ReactNode {
  const { staff } = useTill();
  const group = useRef<HTMLFieldSetElement>(null);
  const missing = asked && staffId === null;
  useEffect(() => {
    if (missing) group.current?.querySelector('input')?.focus();
  }, [missing]);
  return (
    <fieldset className="decider" ref={group} data-missing={missing} data-testid="decider">
      <legend>{missing ? 'First pick the manager who decides' : 'A manager decides'}</legend>
      <StaffPicks members={deciders(staff, null)} name="decider" testId="decider" picked={staffId} onPick={onPick} />
    </fieldset>
  );
}
