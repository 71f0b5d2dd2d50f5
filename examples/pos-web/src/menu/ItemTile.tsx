import type { MenuItem } from '@auraconnect/offline-sync';
import { SlidersHorizontal } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { formatAmount } from '../money/money.ts';

interface ItemTileProps {
  readonly item: MenuItem;
  readonly currencyCode: string;
  readonly currencyExponent: number;
  /** How many of it are on the bill. */
  readonly count: number;
  readonly onPick: (item: MenuItem) => void;
}

export const ItemTile = memo(function ItemTile(props: ItemTileProps): ReactNode {
  const { item, currencyCode, currencyExponent, count, onPick } = props;
  return (
    <button
      type="button"
      className="tile"
      data-testid={`item-${item.id}`}
      data-available={item.available}
      disabled={!item.available}
      onClick={() => onPick(item)}
    >
      <span className="tile__name">{item.name}</span>
      <span className="tile__foot">
        <span className="tile__price">
          {formatAmount(item.priceMinor, { code: currencyCode, exponent: currencyExponent })}
        </span>
        {item.available && item.modifierGroups.length > 0 && (
          <SlidersHorizontal aria-label="has choices" className="tile__choices" />
        )}
        {!item.available && (
          <span className="tile__out">
            86<span className="visually-hidden">, sold out</span>
          </span>
        )}
      </span>
      {count > 0 && (
        <span className="tile__count">
          {count}
          <span className="visually-hidden"> on the bill</span>
        </span>
      )}
    </button>
  );
});
