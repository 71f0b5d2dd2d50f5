import type { ConflictChoice, ConflictView } from '@auraconnect/offline-sync';
import { Check, Combine } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { formatMoney } from '../money/money.ts';
import { withNames } from '../staff/names.ts';
import { useCurrency, useTill } from '../till/useTill.ts';
import { isGiven, OtherValueField } from './OtherValueField.tsx';
import { choiceName } from './words.ts';

interface ChoiceCardProps {
  readonly conflict: ConflictView;
  readonly choice: ConflictChoice;
  readonly onDecide: (value: unknown) => void;
}

/** One way to decide, with the bill that it gives. */
export function ChoiceCard({ conflict, choice, onDecide }: ChoiceCardProps): ReactNode {
  if (choice.choice === 'merged') return <OtherValueCard conflict={conflict} choice={choice} onDecide={onDecide} />;
  return (
    <button
      type="button"
      className="choice"
      data-testid={`choice-${choice.choice}`}
      data-total={choice.bill?.totalMinor}
      data-balance={choice.bill?.balanceMinor}
      onClick={() => onDecide(choice.value)}
    >
      <Check aria-hidden="true" />
      <ChoiceWords conflict={conflict} choice={choice} />
    </button>
  );
}

function ChoiceWords({ conflict, choice }: Omit<ChoiceCardProps, 'onDecide'>): ReactNode {
  const session = useTill();
  return (
    <span className="choice__words">
      {conflict.choices.length > 1 && (
        <span className="choice__name">{choiceName(conflict, choice.choice, session)}</span>
      )}
      <strong>{withNames(session.staff, choice.label)}</strong>
      <BillItGives bill={choice.bill} />
    </span>
  );
}

/** Neither of the two as it is: both texts in one note, or another table. The person who decides puts it right first. */
function OtherValueCard({ conflict, choice, onDecide }: ChoiceCardProps): ReactNode {
  const [value, setValue] = useState(choice.value);
  const labelId = useId();
  return (
    <form
      className="choice choice--other"
      data-total={choice.bill?.totalMinor}
      data-balance={choice.bill?.balanceMinor}
      onSubmit={(event) => {
        event.preventDefault();
        if (isGiven(value)) onDecide(typeof value === 'string' ? value.trim() : value);
      }}
    >
      <Combine aria-hidden="true" />
      <div className="choice__words" id={labelId}>
        <ChoiceWords conflict={conflict} choice={choice} />
      </div>
      <OtherValueField field={conflict.field} value={value} labelId={labelId} onChange={setValue} />
      <button
        type="submit"
        className="button button--primary"
        aria-disabled={!isGiven(value)}
        data-testid="choice-merged"
      >
        Use this
      </button>
    </form>
  );
}

/** `Total $52.14 · due $7.48`. */
function BillItGives({ bill }: { readonly bill: ConflictChoice['bill'] }): ReactNode {
  const currency = useCurrency();
  if (bill === null || currency === null) return null;
  const { totalMinor, balanceMinor } = bill;
  const rest =
    balanceMinor > 0
      ? `due ${formatMoney(balanceMinor, currency)}`
      : balanceMinor < 0
        ? `${formatMoney(-balanceMinor, currency)} too much`
        : 'nothing due';
  return (
    <span className="choice__bill" data-testid="choice-bill">
      Total {formatMoney(totalMinor, currency)} · {rest}
    </span>
  );
}
