import type { AmendmentView, PunchView, TimecardView } from '@auraconnect/offline-sync';
import { Check, PencilLine } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { formatTime } from '../app/clock.ts';
import { readableId } from '../app/demoTills.ts';
import { formatMoney } from '../money/money.ts';
import { dateText } from '../report/words.ts';
import { staffName } from '../staff/names.ts';
import { useCurrency, useTill } from '../till/useTill.ts';
import { findingText, lastDays, minutesText, originalText, type PunchOfCard, punchesOf, punchName } from './words.ts';

interface TimecardsProps {
  /** Of one person, newest first. */
  readonly cards: readonly TimecardView[];
  /** Whoever works this till. */
  readonly own: string | null;
  readonly onAmend: (punch: PunchOfCard) => void;
}

export function Timecards({ cards, own, onAmend }: TimecardsProps): ReactNode {
  const [openedAt] = useState(() => Date.now());
  const shown = lastDays(cards, openedAt);
  if (shown.length === 0) return <p className="time-clock__none">No shifts in these days.</p>;
  return (
    <ul className="timecards">
      {shown.map((card) => (
        <li key={punchesOf(card)[0]?.punchId ?? card.businessDate}>
          <Timecard card={card} own={own} onAmend={onAmend} />
        </li>
      ))}
    </ul>
  );
}

interface TimecardProps {
  readonly card: TimecardView;
  readonly own: string | null;
  readonly onAmend: (punch: PunchOfCard) => void;
}

/** One shift: what counts, and beside it what was punched where that is something else. */
function Timecard({ card, own, onAmend }: TimecardProps): ReactNode {
  const currency = useCurrency();
  const tips = card.declaredCashTipsMinor;
  return (
    <article className="timecard" data-testid="timecard" data-review={card.needsReview}>
      <header>
        <h4>{dateText(card.businessDate)}</h4>
        <p>
          {[
            card.job === null ? null : readableId(card.job),
            card.paidMinutes === null ? 'running' : `${minutesText(card.paidMinutes)} paid`,
            tips === null || tips === 0 || currency === null ? null : `${formatMoney(tips, currency)} cash tips`,
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </p>
      </header>
      <ol>
        {punchesOf(card).map((punch) => (
          <Punch key={punch.punchId} punch={punch} card={card} own={own} onAmend={onAmend} />
        ))}
      </ol>
      {card.findings.length > 0 && (
        <ul className="timecard__findings">
          {card.findings.map((finding) => (
            <li key={finding.code} data-testid="timecard-finding" data-code={finding.code}>
              {findingText(finding)}
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

function Punch({ punch, card, own, onAmend }: TimecardProps & { readonly punch: PunchView }): ReactNode {
  const { staffId } = card;
  const original = originalText(punch);
  const { punchId, kind, at } = punch;
  return (
    <li className="punch" data-testid={`punch-${kind}`} data-amended={punch.amendments.length > 0}>
      <span className="punch__what">{punchName(kind)}</span>
      <strong>{formatTime(at)}</strong>
      <button
        type="button"
        className="button punch__amend"
        data-testid={`amend-${kind}`}
        aria-label={`Change: ${punchName(kind).toLowerCase()} ${formatTime(at)}`}
        onClick={() => onAmend({ staffId, punchId, kind, at })}
      >
        <PencilLine aria-hidden="true" />
        Change
      </button>
      {original !== null && <span className="punch__original">{original}</span>}
      {punch.amendments.map((amendment) => (
        <Amendment key={amendment.punchId} amendment={amendment} mine={own === staffId} />
      ))}
    </li>
  );
}

interface AmendmentProps {
  readonly amendment: AmendmentView;
  /** Whether the hours are those of whoever works this till. */
  readonly mine: boolean;
}

function Amendment({ amendment, mine }: AmendmentProps): ReactNode {
  const { clock, staff } = useTill();
  return (
    <span className="punch__amendment" data-testid="amendment" data-acknowledged={amendment.acknowledged}>
      <span>
        Changed to {formatTime(amendment.at)} by {staffName(staff, amendment.staffId)}: {amendment.reason}.{' '}
        {amendment.acknowledged ? 'Agreed.' : mine ? '' : 'Not agreed to yet.'}
      </span>
      {mine && !amendment.acknowledged && (
        <button
          type="button"
          className="button"
          data-testid="acknowledge"
          onClick={() => void clock.acknowledge(amendment.punchId)}
        >
          <Check aria-hidden="true" />I agree
        </button>
      )}
    </span>
  );
}
