import type { ReactNode } from 'react';
import { readableId, type StaffMember } from '../app/demoTills.ts';
import { initials } from '../staff/names.ts';

interface PeopleProps {
  readonly people: readonly StaffMember[];
  /** What the test ids begin with; the staff id follows. */
  readonly testId: string;
  readonly onChoose: (staffId: string) => void;
}

/** A large button for each person, with name and role. */
export function People({ people, testId, onChoose }: PeopleProps): ReactNode {
  return (
    <ul className="people">
      {people.map(({ staffId, display, role }) => (
        <li key={staffId}>
          <button type="button" data-testid={`${testId}-${staffId}`} onClick={() => onChoose(staffId)}>
            <span className="people__initials" aria-hidden="true">
              {initials(display)}
            </span>
            <span className="people__who">
              <strong>{display}</strong>
              <span>{readableId(role)}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
