import type { StaffMember } from '../app/demoTills.ts';

/** Roles that decide conflicts and give refused work up. */
const DECIDING_ROLES: readonly string[] = ['manager', 'admin'];

/** `Mara V.`, or the id of somebody who is not on this till's list. */
export function staffName(staff: readonly StaffMember[], staffId: string | null): string {
  if (staffId === null) return 'Nobody in particular';
  return staff.find((member) => member.staffId === staffId)?.display ?? staffId;
}

/** The engine's sentences name people by their ids; people know each other by their names. */
export function withNames(staff: readonly StaffMember[], sentence: string): string {
  const named = staff.reduce((text, { staffId, display }) => text.replaceAll(staffId, display), sentence);
  return named.charAt(0).toUpperCase() + named.slice(1);
}

export function mayDecide(member: StaffMember | undefined): boolean {
  return member !== undefined && DECIDING_ROLES.includes(member.role);
}

/** Who may decide here, without the person whose own work it is. */
export function deciders(staff: readonly StaffMember[], exceptStaffId: string | null): readonly StaffMember[] {
  return staff.filter((member) => mayDecide(member) && member.staffId !== exceptStaffId);
}
