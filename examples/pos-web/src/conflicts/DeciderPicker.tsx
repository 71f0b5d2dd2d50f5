import { type ReactNode, useEffect, useRef } from 'react';
import { readableId } from '../app/demoTills.ts';
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
      {deciders(staff, null).map((member) => (
        <label key={member.staffId} className="pick">
          <input
            type="radio"
            name="decider"
            value={member.staffId}
            data-testid={`decider-${member.staffId}`}
            checked={staffId === member.staffId}
            onChange={() => onPick(member.staffId)}
          />
          <span className="pick__who">
            <span>{member.display}</span>
            <small>{readableId(member.role)}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
