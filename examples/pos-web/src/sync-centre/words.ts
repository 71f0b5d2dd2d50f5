import type { JourneyStep, PauseReason, Status } from '@auraconnect/offline-sync';
import type { Tone } from '../status/words.ts';

/** How the link stands, for somebody with three plates in their hands. */
export interface LinkWords {
  readonly tone: Tone;
  readonly title: string;
  readonly advice: string;
}

const PAUSED_ADVICE: Readonly<Record<PauseReason, string>> = {
  not_enrolled: 'This till is not set up yet. Ask a manager. Orders stay safe here.',
  unauthorized: 'The server does not know this till any more. Ask a manager. Orders stay safe here.',
  forbidden: 'This till may not work here any more. Ask a manager. Orders stay safe here.',
  sequence: 'This till and the server disagree on what was sent. Ask a manager. Orders stay safe here.',
  taken_over: 'Another tab works this till now. Go on there.',
};

export function linkWords(status: Status, plugged: boolean, decisions: number): LinkWords {
  if (status.paused !== null)
    return { tone: 'trouble', title: 'Sending has stopped', advice: PAUSED_ADVICE[status.paused] };
  const waiting = status.queueDepth + decisions > 0;
  if (!plugged || status.connection === 'offline') {
    return {
      tone: 'offline',
      title: 'No network',
      advice: waiting
        ? 'Keep selling. Everything is saved on this till and goes out by itself when the network is back.'
        : 'Keep selling. Everything so far has arrived.',
    };
  }
  if (status.connection === 'degraded')
    return {
      tone: 'busy',
      title: 'Shaky network',
      advice: 'Some tries do not get through. Keep selling, this till keeps trying.',
    };
  if (waiting) return { tone: 'busy', title: 'Sending', advice: 'You can go on working.' };
  if (status.lastSyncAt === null) return { tone: 'busy', title: 'Connecting', advice: 'You can start working.' };
  return { tone: 'good', title: 'Online', advice: 'Everything on this till has arrived.' };
}

/** A clock that is wrong by less than this disturbs nobody. */
const CLOCK_OFFSET_SAID_FROM_MS = 60_000;

/** `7 min slow`, where a person should know; the offset is the server's clock less this till's. */
export function clockWords(offsetMs: number | null): string | null {
  if (offsetMs === null || Math.abs(offsetMs) < CLOCK_OFFSET_SAID_FROM_MS) return null;
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const hours = Math.round(minutes / 60);
  const amount = minutes < 120 ? `${minutes} min` : hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
  return `${amount} ${offsetMs > 0 ? 'slow' : 'fast'}`;
}

/** `1 change`, `4 changes`. */
export function changeCount(changes: number): string {
  return changes === 1 ? '1 change' : `${changes} changes`;
}

export function orderCount(orders: number): string {
  return orders === 1 ? '1 order' : `${orders} orders`;
}

const CHANGES: Readonly<Record<string, string>> = {
  open: 'Order opened',
  add_line: 'Item added',
  set_qty: 'Quantity changed',
  set_modifiers: 'Options changed',
  void_line: 'Item voided',
  comp_line: 'Item given away',
  fire: 'Sent to the kitchen',
  bump: 'Kitchen moved on',
  add_note: 'Note written',
  move_table: 'Moved to another table',
  transfer_server: 'Handed to a colleague',
  set_guests: 'Number of guests changed',
  set_order_type: 'Kind of order changed',
  split_check: 'Check split',
  merge_checks: 'Checks put together',
  add_adjustment: 'Discount or charge added',
  remove_adjustment: 'Discount or charge removed',
  add_payment: 'Payment taken',
  mark_payment: 'Payment marked',
  void_payment: 'Payment taken back',
  add_refund: 'Money given back',
  add_tip: 'Tip added',
  adjust_tip: 'Tip corrected',
  close: 'Order closed',
  void_order: 'Order voided',
  reopen: 'Order opened again',
  resolve_conflict: 'Conflict decided',
  discard: 'Refused change given up',
};

/** `add_payment` reads `Payment taken`. */
export function changeName(changeType: string): string {
  const known = CHANGES[changeType];
  if (known !== undefined) return known;
  const words = changeType.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Where one change stands, and how that is coloured. */
export interface StateWords {
  readonly tone: Tone;
  readonly text: string;
}

const STATES: Readonly<Record<JourneyStep['state'], StateWords>> = {
  waiting: { tone: 'offline', text: 'Only on this till' },
  sent: { tone: 'busy', text: 'Tried, no answer yet: it is sent again' },
  applied: { tone: 'good', text: 'Arrived' },
  conflict: { tone: 'good', text: 'Arrived, and there is something to decide' },
  held: { tone: 'offline', text: 'Arrived, waits for a manager' },
  rejected: { tone: 'trouble', text: 'Refused' },
  skipped: { tone: 'trouble', text: 'Not taken, kept here' },
};

export function stateWords(state: JourneyStep['state']): StateWords {
  return STATES[state];
}
