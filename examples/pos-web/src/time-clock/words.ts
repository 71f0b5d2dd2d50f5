import type { PunchKind, PunchView, TimecardView } from '@auraconnect/offline-sync';
import { formatTime } from '../app/clock.ts';

const DAYS_SHOWN = 14;
const DAY_MS = 86_400_000;

/** One punch, with whose hours it belongs to. */
export interface PunchOfCard {
  readonly staffId: string;
  readonly punchId: string;
  readonly kind: PunchKind;
  readonly at: string;
}

const KIND_NAMES: Readonly<Record<PunchKind, string>> = {
  clock_in: 'Clocked in',
  break_start: 'Break began',
  break_end: 'Break ended',
  clock_out: 'Clocked out',
};

export function punchName(kind: PunchKind): string {
  return KIND_NAMES[kind];
}

/** Every punch that counts on a card, in the order of a shift. */
export function punchesOf({ start, breaks, end }: TimecardView): readonly PunchView[] {
  const between = breaks.flatMap((pause) => [pause.start, pause.end]);
  return [start, ...between, end].filter((punch) => punch !== null);
}

/** `Punched 18:02`, where another time counts now; nothing where it counts as it was punched. */
export function originalText({ at, original }: PunchView): string | null {
  if (original === null) return 'Added later, nobody punched it';
  // The seconds that a correction of the clock brings are nothing that anybody changed.
  const minute = (iso: string): string => new Date(iso).toISOString().slice(0, 16);
  return minute(original.at) === minute(at) ? null : `Punched ${formatTime(original.at)}`;
}

const FINDINGS: Readonly<Record<string, string>> = {
  DOUBLE_IN: 'Clocked in twice: the earlier one counts',
  OUT_WITHOUT_IN: 'Clocked out without having clocked in',
  OPEN_AT_DAY_CLOSE: 'Nobody clocked out by the end of the day',
  OVERLAP: 'Overlaps another shift of the same person',
  BREAK_OPEN: 'A break was not ended',
  LONG_SHIFT: 'More than sixteen hours',
  FUTURE: 'A punch lies in the future',
  UNVERIFIED_TIME: 'The time rests on this device’s clock alone',
  AMENDED_TWICE: 'Changed more than once: the last change counts',
  MISSED_BREAK: 'A break that was due is missing',
};

/** What is odd about a shift, in words; the engine's own where it says something new. */
export function findingText({ code, message }: TimecardView['findings'][number]): string {
  return FINDINGS[code] ?? message;
}

/** `7 h 45`, whole minutes. */
export function minutesText(minutes: number): string {
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`;
}

/** The shifts of the last days; those still running too. */
export function lastDays(cards: readonly TimecardView[], now: number): readonly TimecardView[] {
  const oldest = new Date(now - DAYS_SHOWN * DAY_MS).toISOString().slice(0, 10);
  return cards.filter(({ businessDate }) => businessDate >= oldest);
}

/** A time as the browser's own field for dates and times takes it: of this device's zone, to the minute. */
export function fieldOfTime(iso: string): string {
  const time = new Date(iso);
  const two = (part: number): string => String(part).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date}T${two(time.getHours())}:${two(time.getMinutes())}`;
}
