import '../ui/pick.css';
import type { ReactNode } from 'react';
import { readableId, type StaffMember } from '../app/demoTills.ts';

interface StaffPicksProps {
  readonly members: readonly StaffMember[];
  /** The name of the group of radio buttons. */
  readonly name: string;
  /** What the test ids begin with; the staff id follows. */
  readonly testId: string;
  readonly picked: string | null;
  readonly onPick: (staffId: string) => void;
}

/** One of these people is picked: a radio button each, with their role. */
export function StaffPicks({ members, name, testId, picked, onPick }: StaffPicksProps): ReactNode {
  return members.map((member) => (
    <label key={member.staffId} className="pick">
      <input
        type="radio"
        name={name}
        value={member.staffId}
        data-testid={`${testId}-${member.staffId}`}
        checked={picked === member.staffId}
        onChange={() => onPick(member.staffId)}
      />
      <span className="pick__who">
        <span>{member.display}</span>
        <small>{readableId(member.role)}</small>
      </span>
    </label>
  ));
}
