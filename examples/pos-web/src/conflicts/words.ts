import type { ConflictChoice, ConflictChoiceName, ConflictSide, ConflictView } from '@auraconnect/offline-sync';
import { formatTime } from '../app/clock.ts';
import type { StaffMember } from '../app/demoTills.ts';
import { tableName } from '../floor/places.ts';
import { staffName, withNames } from '../staff/names.ts';
import type { TillSession } from '../till/TillSession.ts';

/** `B-0042 · Table 5`: where it is. */
export function placeOf({ ticketNo, tableId }: ConflictView): string {
  const parts = [ticketNo, tableId === null ? null : tableName(tableId)].filter((part) => part !== null);
  return parts.length === 0 ? 'No ticket' : parts.join(' · ');
}

/** The engine's headline without the ticket's number, which stands above it. */
export function headlineOf({ headline, ticketNo }: ConflictView, staff: readonly StaffMember[]): string {
  const prefix = `${ticketNo ?? ''}: `;
  return withNames(staff, headline.startsWith(prefix) ? headline.slice(prefix.length) : headline);
}

/** Where a side was entered, as seen from this till. */
export function whereOf({ mine, deviceId }: ConflictSide, session: TillSession): string {
  if (mine) return 'This till';
  return deviceId === null ? 'As it was' : session.deviceName(deviceId);
}

/** `Mara V. · 19:42`, as far as somebody stands behind it. */
export function whoAndWhen({ staffId, at }: ConflictSide, staff: readonly StaffMember[]): string {
  return staffId === null ? formatTime(at) : `${staffName(staff, staffId)} · ${formatTime(at)}`;
}

/** Whose value a choice keeps, as seen from this till. */
export function choiceName(
  { field, local, server }: ConflictView,
  choice: ConflictChoiceName,
  session: TillSession,
): string {
  switch (choice) {
    case 'keep_local':
      return keepName(local, server, session);
    case 'keep_server':
      return keepName(server, local, session);
    case 'merged':
      return field.endsWith('note') ? 'Combine' : 'Something else';
  }
}

function keepName(kept: ConflictSide, other: ConflictSide, session: TillSession): string {
  if (kept.mine) return 'Keep mine';
  if (kept.deviceId === null) return 'As it was';
  return other.mine ? 'Keep theirs' : `Keep ${session.deviceName(kept.deviceId)}’s`;
}

/** The way to decide that keeps what was entered here stands first, as its side does. */
export function choicesInOrder({ choices, server }: ConflictView): readonly ConflictChoice[] {
  const rank = ({ choice }: ConflictChoice): number =>
    choice === 'merged' ? 2 : choice === 'keep_server' && server.mine ? 0 : 1;
  return [...choices].sort((a, b) => rank(a) - rank(b));
}

/** What stands after a decision, in the words of the side that was kept. */
export function whatStands(
  { field, tableId, local, server }: ConflictView,
  choice: ConflictChoiceName,
  staff: readonly StaffMember[],
): string {
  if (choice === 'merged') {
    if (field === 'table_id' && tableId !== null) return `What stands: ${tableName(tableId)}`;
    return field.endsWith('note') ? 'Both were put together.' : 'Something else was chosen.';
  }
  const { valueText } = choice === 'keep_local' ? local : server;
  return `What stands: ${valueText === '' ? 'nothing' : withNames(staff, valueText)}`;
}
