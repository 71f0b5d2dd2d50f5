import { Check, Combine } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { formatMoney } from '../money/money.ts';
import { withNames } from '../staff/names.ts';
import type { ConflictChoice, ConflictView } from '../till/coming.ts';
import { useCurrency, useTill } from '../till/useTill.ts';
import { choiceName } from './words.ts';

interface ChoiceCardProps {
  readonly conflict: ConflictView;
  readonly choice: ConflictChoice;
  readonly onDecide: (value: unknown) => void;
}

/** One way to decide, with the bill that it gives. */
export function ChoiceCard({ conflict, choice, onDecide }: ChoiceCardProps): ReactNode {
  if (choice.choice === 'merged' && typeof choice.value === 'string') {
    return <CombineCard conflict={conflict} choice={choice} text={choice.value} onDecide={onDecide} />;
  }
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

/** Both values in one, put right by the person who decides. */
function CombineCard({ conflict, choice, text, onDecide }: ChoiceCardProps & { readonly text: string }): ReactNode {
  const [written, setWritten] = useState(text);
  const labelId = useId();
  return (
    <form
      className="choice choice--combine"
      data-total={choice.bill?.totalMinor}
      data-balance={choice.bill?.balanceMinor}
      onSubmit={(event) => {
        event.preventDefault();
        if (written.trim() !== '') onDecide(written.trim());
      }}
    >
      <Combine aria-hidden="true" />
      <div className="choice__words" id={labelId}>
        <ChoiceWords conflict={conflict} choice={choice} />
      </div>
      <textarea
        className="field"
        rows={2}
        aria-labelledby={labelId}
        data-testid="combine-text"
        value={written}
        onChange={(event) => setWritten(event.target.value)}
      />
      <button
        type="submit"
        className="button button--primary"
        aria-disabled={written.trim() === ''}
        data-testid="choice-merged"
      >
        Use this text
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
