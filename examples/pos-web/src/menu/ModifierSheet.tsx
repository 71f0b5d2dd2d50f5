import './modifiers.css';
import type { MenuItem, MenuView, ModifierGroup } from '@auraconnect/offline-sync';
import { Check } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { uuidv7 } from '../ids/uuidv7.ts';
import { type Currency, currencyOf, formatAmount } from '../money/money.ts';
import { useMenu, useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { Stepper } from '../ui/Stepper.tsx';
import { groupsOf } from './menuOrder.ts';
import { firstUnmet, isFull, pressed, priceOf, ruleOf, type Selection } from './selection.ts';

const QTY_MAX = 99;

interface ModifierSheetProps {
  readonly orderId: string;
  readonly itemId: string;
  readonly onClose: () => void;
}

export function ModifierSheet({ orderId, itemId, onClose }: ModifierSheetProps): ReactNode {
  const menu = useMenu();
  const item = menu?.items.find((each) => each.id === itemId);
  if (!menu || !item) return null;
  return <Choices orderId={orderId} menu={menu} item={item} onClose={onClose} />;
}

interface ChoicesProps {
  readonly orderId: string;
  readonly menu: MenuView;
  readonly item: MenuItem;
  readonly onClose: () => void;
}

function Choices({ orderId, menu, item, onClose }: ChoicesProps): ReactNode {
  const session = useTill();
  const [lineId] = useState(() => uuidv7());
  const [selection, setSelection] = useState<Selection>([]);
  const [qty, setQty] = useState(1);
  const [note, setNote] = useState('');
  const body = useRef<HTMLDivElement>(null);

  const groups = groupsOf(item, menu);
  const currency = currencyOf(menu);
  const unmet = firstUnmet(groups, selection);
  const amount = formatAmount(qty * (item.priceMinor + priceOf(groups, selection)), currency);

  const add = (): void => {
    if (unmet) {
      body.current
        ?.querySelector(`[data-group="${unmet.id}"]`)
        ?.scrollIntoView({ block: 'center', behavior: 'smooth' });
      return;
    }
    const kitchenNote = note.trim();
    void session.addLine(orderId, {
      lineId,
      itemId: item.id,
      qty,
      optionIds: selection,
      ...(kitchenNote === '' ? {} : { note: kitchenNote }),
    });
    onClose();
  };

  return (
    <Sheet
      title={item.name}
      subtitle={formatAmount(item.priceMinor, currency)}
      testId="modifier-sheet"
      onClose={onClose}
    >
      <div className="modifiers" ref={body}>
        {groups.map((group) => (
          <Group
            key={group.id}
            group={group}
            selection={selection}
            currency={currency}
            wanting={unmet?.id === group.id}
            onPress={(optionId) => setSelection((now) => pressed(now, group, optionId))}
          />
        ))}
        <label className="modifiers__note">
          <span>Note for the kitchen</span>
          <input
            type="text"
            maxLength={200}
            value={note}
            placeholder="Allergy, sauce on the side …"
            data-testid="line-note"
            onChange={(event) => setNote(event.target.value)}
          />
        </label>
      </div>
      <footer className="sheet__foot">
        <Stepper
          label="Quantity"
          value={qty}
          onLess={() => setQty((now) => Math.max(1, now - 1))}
          onMore={() => setQty((now) => Math.min(QTY_MAX, now + 1))}
        />
        <button
          type="button"
          className="button button--primary button--big"
          data-testid="add-to-bill"
          aria-disabled={unmet !== undefined}
          onClick={add}
        >
          {unmet ? `Choose: ${unmet.name}` : `Add · ${amount}`}
        </button>
      </footer>
    </Sheet>
  );
}

interface GroupProps {
  readonly group: ModifierGroup;
  readonly selection: Selection;
  readonly currency: Currency;
  readonly wanting: boolean;
  readonly onPress: (optionId: string) => void;
}

function Group({ group, selection, currency, wanting, onPress }: GroupProps): ReactNode {
  const full = group.max > 1 && isFull(group, selection);
  return (
    <section className="modifier-group" data-group={group.id} aria-label={group.name}>
      <header>
        <h3>{group.name}</h3>
        <span className="modifier-group__rule" data-wanting={wanting}>
          {ruleOf(group)}
        </span>
      </header>
      <div className="modifier-group__options">
        {group.options.map((option) => {
          const chosen = selection.includes(option.id);
          return (
            <button
              key={option.id}
              type="button"
              className="option"
              data-testid={`option-${option.id}`}
              aria-pressed={chosen}
              aria-disabled={full && !chosen}
              onClick={() => onPress(option.id)}
            >
              <span className="option__tick" data-round={group.max === 1}>
                {chosen && <Check aria-hidden="true" />}
              </span>
              <span className="option__name">{option.name}</span>
              {option.priceMinor !== 0 && (
                <span className="option__price">+{formatAmount(option.priceMinor, currency)}</span>
              )}
            </button>
          );
        })}
      </div>
    </section>
  );
}
