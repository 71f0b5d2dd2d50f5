import type { StaffMember } from '../app/demoTills.ts';
import { tableName } from '../floor/places.ts';

/** Roles that decide conflicts and give refused work up. */
const DECIDING_ROLES: readonly string[] = ['manager', 'admin'];
/** Roles that have rights to lend. */
const APPROVING_ROLES: readonly string[] = ['shift_lead', ...DECIDING_ROLES];

/** `Mara V.`, or the id of somebody who is not on this till's list. */
export function staffName(staff: readonly StaffMember[], staffId: string): string {
  return staff.find((member) => member.staffId === staffId)?.display ?? staffId;
}

/** The engine's sentences name people and tables by their ids; people here know both by their names. */
export function withNames(staff: readonly StaffMember[], sentence: string): string {
  const people = staff.reduce((text, { staffId, display }) => text.replaceAll(staffId, display), sentence);
  const named = people.replaceAll(/(table )?(tbl_\w+)/gi, (_, __, tableId: string) => tableName(tableId).toLowerCase());
  return named.charAt(0).toUpperCase() + named.slice(1);
}

export function mayDecide(member: StaffMember | undefined): boolean {
  return member !== undefined && isHere(member) && DECIDING_ROLES.includes(member.role);
}

/** Who may lend a right that somebody lacks. Which right it is decides the engine: a shift lead is refused a refund. */
export function approvers(staff: readonly StaffMember[], exceptStaffId: string | null): readonly StaffMember[] {
  return staff.filter(
    (member) => isHere(member) && APPROVING_ROLES.includes(member.role) && member.staffId !== exceptStaffId,
  );
}

/** Neither gone nor, where people sign in, without a PIN. */
function isHere({ active, canSignIn }: StaffMember): boolean {
  return active !== false && canSignIn !== false;
}

/** Who may decide here, without the person whose own work it is. */
export function deciders(staff: readonly StaffMember[], exceptStaffId: string | null): readonly StaffMember[] {
  return staff.filter((member) => mayDecide(member) && member.staffId !== exceptStaffId);
}

/** `MV` for Mara V. */
export function initials(name: string): string {
  return name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .join('')
    .slice(0, 2)
    .toUpperCase();
}
