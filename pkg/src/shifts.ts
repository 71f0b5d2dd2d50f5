/** The clock: who comes to work, goes on a break and leaves, without a connection too. */
import type { AskQuery, GiveCommand } from './orders.js';

/** What was punched. */
export type PunchKind = 'clock_in' | 'break_start' | 'break_end' | 'clock_out';
/**
 * How far a time is trusted: `verified` by the server's clock within a day, `estimated` by an older look at it, `unverified` by the
 * device's clock alone.
 */
export type TimeConfidence = 'verified' | 'estimated' | 'unverified';
/** What somebody says of a break they were due: they took it without punching, did without it, or work did not let them. */
export type BreakAttestation = 'taken' | 'waived' | 'prevented';

/** Somebody who is on the clock. */
export interface OnClockView {
  readonly staffId: string;
  readonly since: string;
  /** What they work as. */
  readonly job: string | null;
  readonly onBreak: { readonly breakType: string | null; readonly since: string } | null;
}

/** A punch, as it was punched and as it counts. */
export interface PunchView {
  readonly punchId: string;
  readonly kind: PunchKind;
  /** The time that counts. */
  readonly at: string;
  /** What was punched, whatever was amended since; `null` where an amendment added the punch. */
  readonly original: {
    readonly at: string;
    /** What the device's clock showed; another time than `at` where that clock was wrong. */
    readonly clockShowed: string;
    readonly confidence: TimeConfidence;
    readonly deviceId: string;
    /** Who punched it. */
    readonly staffId: string;
  } | null;
  /** Earliest first; the last one counts. */
  readonly amendments: readonly AmendmentView[];
}

/** A correction, beside what it corrects. */
export interface AmendmentView {
  readonly punchId: string;
  readonly at: string;
  readonly reason: string;
  /** Who wrote it. */
  readonly staffId: string;
  /** Whether the person whose hours they are has agreed. */
  readonly acknowledged: boolean;
}

/** A break. */
export interface BreakView {
  readonly breakType: string | null;
  readonly start: PunchView;
  /** `null` while it runs, and where the shift ended it. */
  readonly end: PunchView | null;
  /** Whole minutes; `null` while it runs. */
  readonly minutes: number | null;
  readonly paid: boolean;
  /** Shorter than a break of its kind must be. */
  readonly short: boolean;
}

/** One shift of one person. */
export interface TimecardView {
  readonly staffId: string;
  /** The day it counts for: that of its clock-in. */
  readonly businessDate: string;
  readonly job: string | null;
  /** `null` where they clocked out without having clocked in. */
  readonly start: PunchView | null;
  /** `null` while it runs, and where nobody ended it. */
  readonly end: PunchView | null;
  readonly endedAt: string | null;
  /** Nobody clocked out by the end of the business day: it ends there until somebody amends it. */
  readonly auto: boolean;
  readonly breaks: readonly BreakView[];
  /** Punches that count for nothing here: they were on the clock already, an amendment replaced them, or there was no such break. */
  readonly setAside: readonly {
    readonly punch: PunchView;
    readonly reason: 'second_in' | 'replaced' | 'break_order';
  }[];
  readonly declaredCashTipsMinor: number | null;
  readonly breakAttestation: BreakAttestation | null;
  /** Whole minutes that are paid; `null` while it runs or its start is not known. */
  readonly paidMinutes: number | null;
  /** E.g. `DOUBLE_IN`, `UNVERIFIED_TIME`, `MISSED_BREAK`, with a sentence. */
  readonly findings: readonly { readonly code: string; readonly message: string }[];
  /** One of the findings waits for a person. */
  readonly needsReview: boolean;
}

/** Arguments of {@link Shifts.clockOut}. */
export interface ClockOut {
  /** Cash tips taken home; 0 when absent. */
  declaredCashTipsMinor?: number;
  /** Asked for where a break was due. */
  breakAttestation?: BreakAttestation;
}

/** Arguments of {@link Shifts.amend}. */
export interface Amend {
  /** Whose hours; one's own when absent. */
  staffId?: string;
  /** The punch that is wrong, or one of the shift in which a punch was forgotten. */
  punchId: string;
  /** What should stand. */
  kind: PunchKind;
  at: string;
  /** Of a clock-in that was forgotten. */
  job?: string;
  /** Of a break that was forgotten. */
  breakType?: string;
  reason: string;
  /** The person whose hours they are agrees. */
  acknowledged?: boolean;
}

/**
 * Punches of whoever is signed in. Each resolves when it is on disk and rejects with `CLOCK_STATE` where it makes no sense, in a
 * sentence for the person: *You are already on the clock, since 15:58.*
 */
export interface Shifts {
  clockIn(args: { job: string }): Promise<void>;
  /** Any name, e.g. `rest` or `meal`. */
  startBreak(args: { breakType: string }): Promise<void>;
  endBreak(): Promise<void>;
  clockOut(args?: ClockOut): Promise<void>;
  /** Corrects a punch. What was punched stays beside it. Rejects with `PUNCH_UNKNOWN`, `TIME_ORDER`. */
  amend(args: Amend): Promise<void>;
  /** Agrees to a correction of one's own hours. */
  acknowledge(amendmentId: string): Promise<void>;
  /** Synchronous. */
  onTheClock(): readonly OnClockView[];
  /** Synchronous; each person's shifts that this device knows, earliest first. */
  timecards(filter?: { staffId?: string }): readonly TimecardView[];
}

/** The face of punches over the core's commands and queries. */
export function createShifts(command: GiveCommand, query: AskQuery): Shifts {
  const give = async (body: Record<string, unknown>): Promise<void> => {
    await command(body);
  };
  return {
    clockIn: ({ job }) => give({ type: 'clock_in', job }),
    startBreak: ({ breakType }) => give({ type: 'break_start', breakType }),
    endBreak: () => give({ type: 'break_end' }),
    clockOut: ({ declaredCashTipsMinor = 0, breakAttestation } = {}) =>
      give({ type: 'clock_out', declaredCashTipsMinor, breakAttestation }),
    amend: ({ staffId, punchId, kind, at, job, breakType, reason, acknowledged = false }) => {
      const proposes = { kind, at, job, break_type: breakType };
      return give({ type: 'amend', staffId, target: punchId, proposes, reason, employeeAck: acknowledged });
    },
    acknowledge: (amendmentId) => give({ type: 'acknowledge', target: amendmentId }),
    onTheClock: () => query({ type: 'on_the_clock' }),
    timecards: ({ staffId } = {}) =>
      query<readonly TimecardView[]>({ type: 'timecards' }).filter(
        (card) => staffId === undefined || card.staffId === staffId,
      ),
  };
}
