import './drawer.css';
import type { DrawerSessionView } from '@auraconnect/offline-sync';
import { Banknote, BanknoteArrowDown, BanknoteArrowUp, Calculator, LockOpen, Vault } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatTime } from '../app/clock.ts';
import { type Currency, formatMoney } from '../money/money.ts';
import { staffName } from '../staff/names.ts';
import { useBooks, useCurrency, useTill } from '../till/useTill.ts';
import { CountedDrawer } from './CountedDrawer.tsx';
import { PastSessions } from './PastSessions.tsx';
import type { DrawerAct } from './words.ts';

interface DrawerPaneProps {
  readonly onAct: (act: DrawerAct) => void;
}

/** The drawer under this till: what is done with its cash besides sales, and what it should hold once it was counted. */
export function DrawerPane({ onAct }: DrawerPaneProps): ReactNode {
  const { drawer } = useTill();
  const currency = useCurrency();
  const own = useBooks().drawers.filter(({ drawerId }) => drawerId === drawer.id);
  const open = own.find(({ closed }) => closed === null);
  if (currency === null)
    return (
      <div className="empty" data-testid="drawer-missing">
        <Banknote aria-hidden="true" />
        <h3>No currency yet</h3>
        <p>It comes with the menu, after the first sync.</p>
      </div>
    );
  return (
    <article className="drawer" data-testid="drawer" data-state={stateOf(open)}>
      <header className="pane-head">
        <h2>Drawer</h2>
        <p>Cash under this till</p>
      </header>
      {open ? <OpenDrawer session={open} currency={currency} onAct={onAct} /> : <ClosedDrawer onAct={onAct} />}
      <PastSessions sessions={own.filter(({ closed }) => closed !== null)} currency={currency} />
    </article>
  );
}

function stateOf(open: DrawerSessionView | undefined): 'closed' | 'open' | 'counted' {
  if (!open) return 'closed';
  return open.countedMinor === null ? 'open' : 'counted';
}

function ClosedDrawer({ onAct }: DrawerPaneProps): ReactNode {
  return (
    <section className="drawer__card" aria-label="The drawer is closed">
      <h3>The drawer is closed</h3>
      <p>Cash can be taken all the same; it is counted once the drawer is open.</p>
      <button
        type="button"
        className="button button--primary button--big"
        data-testid="drawer-open"
        onClick={() => onAct('open')}
      >
        <LockOpen aria-hidden="true" />
        Open with a float
      </button>
    </section>
  );
}

interface OpenDrawerProps extends DrawerPaneProps {
  readonly session: DrawerSessionView;
  readonly currency: Currency;
}

function OpenDrawer({ session, currency, onAct }: OpenDrawerProps): ReactNode {
  const { staff } = useTill();
  const { opened, floatMinor, noSales } = session;
  const ways = [
    { act: 'pay_in', label: 'Put cash in', Icon: BanknoteArrowDown },
    { act: 'pay_out', label: 'Take cash out', Icon: BanknoteArrowUp },
    { act: 'drop', label: 'To the safe', Icon: Vault },
    { act: 'no_sale', label: 'No sale', Icon: LockOpen },
  ] as const;
  return (
    <section className="drawer__card" aria-label="The drawer is open">
      <h3>The drawer is open</h3>
      <p>
        {[
          opened && `Since ${formatTime(opened.at)}, by ${staffName(staff, opened.staffId)}`,
          floatMinor !== null && `float ${formatMoney(floatMinor, currency)}`,
          noSales > 0 && `opened without a sale: ${noSales}`,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {session.countedMinor !== null && <CountedDrawer session={session} currency={currency} />}
      <div className="drawer__ways">
        {ways.map(({ act, label, Icon }) => (
          <button
            key={act}
            type="button"
            className="button button--big"
            data-testid={`drawer-${act}`}
            onClick={() => onAct(act)}
          >
            <Icon aria-hidden="true" />
            {label}
          </button>
        ))}
      </div>
      <button
        type="button"
        className={`button button--wide ${session.countedMinor === null ? 'button--primary' : ''}`}
        data-testid="drawer-count"
        onClick={() => onAct('count')}
      >
        <Calculator aria-hidden="true" />
        {session.countedMinor === null ? 'Count the drawer' : 'Count again'}
      </button>
    </section>
  );
}
