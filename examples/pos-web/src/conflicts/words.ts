import { tableName } from '../floor/places.ts';
import type { ConflictDecision, ConflictView } from '../till/coming.ts';

/** `B-0042 · Table 5`: where it is. */
export function placeOf({ ticketNo, tableId }: ConflictView): string {
  const parts = [ticketNo, tableId === null ? null : tableName(tableId)].filter((part) => part !== null);
  return parts.length === 0 ? 'No ticket' : parts.join(' · ');
}

/** Whose value a choice keeps, as seen from this till. */
export function choiceName({ local, server }: ConflictView, choice: ConflictDecision): string {
  switch (choice) {
    case 'keep_local':
      return keepName(local.mine, server.mine);
    case 'keep_server':
      return keepName(server.mine, local.mine);
    case 'merged':
      return 'Combine';
  }
}

/** On a till that took no part, both are somebody else's. */
function keepName(mine: boolean, otherIsMine: boolean): string {
  if (mine) return 'Keep mine';
  return otherIsMine ? 'Keep theirs' : 'Keep this one';
}
