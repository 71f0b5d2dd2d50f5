import type { DrawerSessionView } from '@auraconnect/offline-sync';

/** What can be done to a drawer in a dialog. */
export type DrawerAct = 'open' | 'pay_in' | 'pay_out' | 'drop' | 'no_sale' | 'count';

/** The words of one such dialog, and what it asks for. */
export interface DrawerWords {
  readonly title: string;
  readonly subtitle: string;
  readonly amount: string | null;
  readonly reasons: readonly string[];
  readonly action: string;
}

export const DRAWER_WORDS: Readonly<Record<DrawerAct, DrawerWords>> = {
  open: {
    title: 'Open the drawer',
    subtitle: 'What lies in it before the first sale?',
    amount: 'Float',
    reasons: [],
    action: 'Open with',
  },
  pay_in: {
    title: 'Put cash in',
    subtitle: 'For another reason than a sale.',
    amount: 'Put in',
    reasons: ['Change from the bank', 'Float made up'],
    action: 'Put in',
  },
  pay_out: {
    title: 'Take cash out',
    subtitle: 'For something that is paid from the drawer.',
    amount: 'Take out',
    reasons: ['Market', 'Window cleaner', 'Tips paid out'],
    action: 'Take out',
  },
  drop: {
    title: 'Take cash to the safe',
    subtitle: 'It leaves the drawer and stays in the house.',
    amount: 'To the safe',
    reasons: [],
    action: 'Drop',
  },
  no_sale: {
    title: 'Open without a sale',
    subtitle: 'Why it was opened stays on record.',
    amount: null,
    reasons: ['A guest wants change', 'Checking the float'],
    action: 'Open it',
  },
  count: {
    title: 'Count the drawer',
    subtitle: 'Count first: what should be in it is told afterwards.',
    amount: 'Counted',
    reasons: [],
    action: 'That is',
  },
};

/** `Over`, `Short` or `Exact`. */
export function overShortName(overShortMinor: number): string {
  if (overShortMinor === 0) return 'Exact';
  return overShortMinor > 0 ? 'Over' : 'Short';
}

const FINDINGS: Readonly<Record<string, string>> = {
  DRAWER_DOUBLE_OPEN: 'Opened on a second device while it was open: both are kept',
  DRAWER_NOT_OPEN: 'Something happened in it before it was opened or after it was closed',
  DRAWER_COUNTED_TWICE: 'Counted more than once: the last count stands',
};

/** What is odd about a session, in words; the engine's own where it says something new. */
export function findingText({ code, message }: DrawerSessionView['findings'][number]): string {
  return FINDINGS[code] ?? message;
}
