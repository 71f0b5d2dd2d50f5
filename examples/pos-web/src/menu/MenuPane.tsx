import './menu.css';
import type { MenuItem, OrderView } from '@auraconnect/offline-sync';
import { ArrowLeft, CloudDownload } from 'lucide-react';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { placeName } from '../floor/places.ts';
import { uuidv7 } from '../ids/uuidv7.ts';
import { useMenu, useOrder, useTill } from '../till/useTill.ts';
import { ItemTile } from './ItemTile.tsx';
import { categoriesOf, categoryIcon } from './menuOrder.ts';

interface MenuPaneProps {
  readonly orderId: string | null;
  readonly onModifiers: (orderId: string, itemId: string) => void;
  readonly onFloor: () => void;
}

export function MenuPane({ orderId, onModifiers, onFloor }: MenuPaneProps): ReactNode {
  const session = useTill();
  const menu = useMenu();
  const order = useOrder(orderId);
  const [chosen, setChosen] = useState<string | null>(null);
  const categories = useMemo(() => (menu ? categoriesOf(menu) : []), [menu]);

  const pick = useCallback(
    (item: MenuItem): void => {
      if (orderId === null) return onFloor();
      if (item.modifierGroups.length > 0) return onModifiers(orderId, item.id);
      void session.addLine(orderId, { lineId: uuidv7(), itemId: item.id });
    },
    [session, orderId, onModifiers, onFloor],
  );

  if (!menu) return <NoMenu onAsk={() => session.engine.syncNow()} />;

  const counts = countsOf(order);
  const shown = chosen === null ? categories : categories.filter((category) => category.id === chosen);
  return (
    <div className="menu" data-testid="menu">
      <div className="menu__bar">
        <button
          type="button"
          className="icon-button"
          aria-label="Back to the tables"
          data-testid="back-to-tables"
          onClick={onFloor}
        >
          <ArrowLeft aria-hidden="true" />
        </button>
        <p className="menu__for">{order ? placeName(order) : 'No check chosen'}</p>
        <nav className="categories" aria-label="Categories">
          <button
            type="button"
            className="category"
            aria-pressed={chosen === null}
            data-testid="category-all"
            onClick={() => setChosen(null)}
          >
            All
          </button>
          {categories.map((category) => {
            const Icon = categoryIcon(category.id);
            return (
              <button
                key={category.id}
                type="button"
                className="category"
                data-category={category.id}
                aria-pressed={chosen === category.id}
                data-testid={`category-${category.id}`}
                onClick={() => setChosen(category.id)}
              >
                <Icon aria-hidden="true" />
                {category.name}
              </button>
            );
          })}
        </nav>
      </div>
      <div className="menu__items" data-all={chosen === null}>
        {shown.map((category) => (
          <section key={category.id} aria-label={category.name} data-category={category.id}>
            <h3>{category.name}</h3>
            <div className="tiles">
              {category.items.map((item) => (
                <ItemTile
                  key={item.id}
                  item={item}
                  currencyCode={menu.currency}
                  currencyExponent={menu.currencyExponent}
                  count={counts.get(item.id) ?? 0}
                  onPick={pick}
                />
              ))}
            </div>
          </section>
        ))}
      </div>
    </div>
  );
}

function countsOf(order: OrderView | undefined): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of order?.lines ?? []) {
    if (!line.voided) counts.set(line.itemId, (counts.get(line.itemId) ?? 0) + line.qty);
  }
  return counts;
}

function NoMenu({ onAsk }: { readonly onAsk: () => void }): ReactNode {
  return (
    <div className="menu" data-testid="menu-missing">
      <div className="empty">
        <CloudDownload aria-hidden="true" />
        <h3>No menu on this till yet</h3>
        <p>It comes with the first sync and stays here afterwards, with or without a network.</p>
        <button type="button" className="button" onClick={onAsk}>
          Ask for it now
        </button>
      </div>
    </div>
  );
}
