/** Why a line is taken off a check before it was served. */
export interface VoidReason {
  readonly code: string;
  readonly name: string;
}

export const VOID_REASONS: readonly VoidReason[] = [
  { code: 'entered_by_mistake', name: 'Entered by mistake' },
  { code: 'guest_changed_mind', name: 'Guest changed their mind' },
  { code: 'kitchen_ran_out', name: 'Kitchen ran out' },
  { code: 'took_too_long', name: 'Took too long' },
];

/** The name of a reason; one that this till does not list reads as its code. */
export function voidReasonName(code: string | null): string {
  if (code === null) return 'no reason given';
  return VOID_REASONS.find((reason) => reason.code === code)?.name.toLowerCase() ?? code.replaceAll('_', ' ');
}
