import type { OrderView, PauseReason, Status, StorageState, StorageStatus } from '@auraconnect/offline-sync';

/** How the sync line of a till is coloured. */
export type Tone = 'good' | 'busy' | 'offline' | 'trouble';

/** What a person reads about the link, in two or three words. */
export interface SyncHeadline {
  readonly tone: Tone;
  readonly text: string;
}

const PAUSES: Readonly<Record<PauseReason, string>> = {
  not_enrolled: 'Paused: this device is not enrolled',
  unauthorized: 'Paused: the server does not know this device',
  forbidden: 'Paused: this device may not sync here',
  sequence: 'Paused: this device and the server disagree on what was sent',
  taken_over: 'Paused: another tab works this till',
};

export function syncHeadline(status: Status, plugged: boolean): SyncHeadline {
  if (status.paused !== null) return { tone: 'trouble', text: PAUSES[status.paused] };
  if (!plugged || status.connection === 'offline') return { tone: 'offline', text: 'Offline, still selling' };
  if (status.connection === 'degraded') return { tone: 'busy', text: 'Shaky network, still selling' };
  if (status.queueDepth > 0) return { tone: 'busy', text: 'Sending' };
  if (status.lastSyncAt === null) return { tone: 'busy', text: 'Connecting' };
  return { tone: 'good', text: 'Online' };
}

/** What has not arrived: `3 waiting`, or only a manager's word. */
export function waitingWords(changes: number, decisions: number): string {
  if (changes > 0) return `${changes} waiting`;
  if (decisions > 0) return decisions === 1 ? '1 decision waiting' : `${decisions} decisions waiting`;
  return 'All sent';
}

const FINDINGS: Readonly<Record<string, string>> = {
  LATE_LINE: 'Added after the check was closed',
  OVERPAID: 'Paid more than once',
  QTY_MERGED: 'Quantity changed on two tills',
  CLOSE_VOID: 'Closed on one till, voided on the other',
  TICKET_NO_REUSED: 'Ticket number used twice',
  TOTAL_MISMATCH: 'Totals differ',
  PRICE_STALE: 'Sold at an older price',
  PRICE_SUSPECT: 'Price needs a look',
  NOTE_REPLACED: 'A note was replaced',
  FIELD_CONFLICT: 'Changed on two tills',
  DUP_DISCOUNT: 'Discount given twice',
};

/** The heading of a finding; its message says the rest. */
export function findingTitle(code: string): string {
  return FINDINGS[code] ?? readableCode(code);
}

/** `line_not_found` reads `Line not found`. */
export function readableCode(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How much of this till goes no further without a person. What merges only noticed calls nobody. */
export function needingSomebody(status: Status): number {
  return status.parked.length + (status.storage.state === 'ok' ? 0 : 1);
}

/** `A-0042`, as far as this device knows the order. */
export function ticketOf(recordId: string, order: OrderView | undefined): string {
  return order?.ticketNo ?? `…${recordId.slice(-4)}`;
}

const storageTitles: Readonly<Record<StorageState, string>> = {
  ok: 'The store of this till is in order',
  damaged: 'Part of this till’s store could not be read',
  put_aside: 'The key to this till’s old store is lost',
  failing: 'The last entry could not be saved',
  full: 'This device is full: nothing more is saved',
  taken_over: 'Another tab works this till now',
};

/** How the store stands, as a headline. */
export function storageTitle(state: StorageState): string {
  return storageTitles[state];
}

/** What that means for the person in front of the till. */
export function storageAdvice({ state, damage }: StorageStatus): string {
  switch (state) {
    case 'ok':
      return 'Everything that was entered here is on the disk.';
    case 'damaged':
      return `${damage.length} ${damage.length === 1 ? 'entry' : 'entries'} set aside; the bytes are kept and everything else loaded.`;
    case 'put_aside':
      return 'Its bytes are kept. Orders that had not reached the server are in it.';
    case 'failing':
      return 'Enter it again. If it happens again, take orders on another till.';
    case 'full':
      return 'Free some space on this device, or take orders on another till.';
    case 'taken_over':
      return 'Go on there, or load this page again.';
  }
}
