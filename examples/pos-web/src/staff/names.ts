import type { StaffMember } from '../app/demoTills.ts';
import { tableName } from '../floor/places.ts';

/** Roles that decide conflicts and give refused work up. */
const DECIDING_ROLES: readonly string[] = ['manager', 'admin'];

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
  return member !== undefined && DECIDING_ROLES.includes(member.role);
}

/** Who may decide here, without the person whose own work it is. */
export function deciders(staff: readonly StaffMember[], exceptStaffId: string | null): readonly StaffMember[] {
  return staff.filter((member) => mayDecide(member) && member.staffId !== exceptStaffId);
}
