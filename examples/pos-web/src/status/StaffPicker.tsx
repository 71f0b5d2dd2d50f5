import { ChevronDown } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { readableId } from '../app/demoTills.ts';
import { initials } from '../staff/names.ts';
import { useTill } from '../till/useTill.ts';

/** Who works this till now; every later mutation names them. */
export function StaffPicker(): ReactNode {
  const session = useTill();
  const [staffId, setStaffId] = useState(session.staffId ?? '');
  const member = session.staff.find((each) => each.staffId === staffId);
  return (
    <label className="staff-picker">
      <span className="staff-picker__initials" aria-hidden="true">
        {initials(member?.display ?? '?')}
      </span>
      <span className="staff-picker__name" aria-hidden="true">
        <strong>{member?.display ?? 'Nobody'}</strong>
        <span>{member ? readableId(member.role) : 'Choose who works here'}</span>
      </span>
      <ChevronDown aria-hidden="true" />
      <select
        aria-label="Who works this till"
        data-testid="staff-picker"
        value={staffId}
        onChange={(event) => {
          setStaffId(event.target.value);
          session.setStaff(event.target.value);
        }}
      >
        {member === undefined && <option value="">Nobody</option>}
        {session.staff.map((each) => (
          <option key={each.staffId} value={each.staffId}>
            {each.display}, {readableId(each.role).toLowerCase()}
          </option>
        ))}
      </select>
    </label>
  );
}
