import type { DrawerSessionView } from '@auraconnect/offline-sync';
import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { type Currency, formatMoney } from '../money/money.ts';
import { useTill } from '../till/useTill.ts';
import { overShortName } from './words.ts';

interface CountedDrawerProps {
  readonly session: DrawerSessionView;
  readonly currency: Currency;
}

/** After the count: what should be in it, how that came about, and what is too much or too little. */
export function CountedDrawer({ session, currency }: CountedDrawerProps): ReactNode {
  const { drawer } = useTill();
  const money = (minor: number): string => formatMoney(minor, currency);
  const { cash, floatMinor, expectedMinor, countedMinor, overShortMinor } = session;
  if (cash === null || expectedMinor === null || countedMinor === null || overShortMinor === null) return null;
  const rows = [
    ['Float', floatMinor ?? 0],
    ['Cash sales', cash.salesMinor],
    ['Given back', -cash.refundsMinor],
    ['Put in', cash.paidInMinor],
    ['Taken out', -cash.paidOutMinor],
    ['To the safe', -cash.dropsMinor],
  ] as const;
  return (
    <div className="counted" data-testid="drawer-counted" data-over-short={overShortMinor}>
      <dl className="counted__sum">
        {rows
          .filter(([name, minor]) => minor !== 0 || name === 'Float')
          .map(([name, minor]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{money(minor)}</dd>
            </div>
          ))}
        <div className="counted__total">
          <dt>Should be in it</dt>
          <dd data-testid="drawer-expected" data-minor={expectedMinor}>
            {money(expectedMinor)}
          </dd>
        </div>
        <div className="counted__total">
          <dt>Counted</dt>
          <dd data-testid="drawer-counted-sum" data-minor={countedMinor}>
            {money(countedMinor)}
          </dd>
        </div>
      </dl>
      <p className="counted__verdict" data-tone={overShortMinor === 0 ? 'good' : 'offline'} role="status">
        <span>{overShortName(overShortMinor)}</span>
        {overShortMinor !== 0 && <strong>{money(Math.abs(overShortMinor))}</strong>}
      </p>
      <button
        type="button"
        className="button button--good button--wide"
        data-testid="drawer-close"
        onClick={() => void drawer.close()}
      >
        <Lock aria-hidden="true" />
        Close the drawer
      </button>
    </div>
  );
}
