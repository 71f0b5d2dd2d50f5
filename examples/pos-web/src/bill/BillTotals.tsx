import type { OrderView, PaymentView } from '@auraconnect/offline-sync';
import type { ReactNode } from 'react';
import { type Currency, currencyOf, formatAmount, formatMoney, formatRate } from '../money/money.ts';

/** What the check comes to: subtotal, what comes off, tax for each rate, total, payments, balance. */
export function BillTotals({ order }: { readonly order: OrderView }): ReactNode {
  const { totals } = order;
  const currency = currencyOf(order);
  const reduced = totals.compsMinor !== 0 || totals.discountsMinor !== 0;
  return (
    <dl className="totals">
      <Row name="Subtotal" testId="bill-subtotal" minor={totals.grossMinor} currency={currency} />
      {totals.compsMinor !== 0 && <Row name="On the house" minor={-totals.compsMinor} currency={currency} />}
      {totals.discountsMinor !== 0 && <Row name="Discounts" minor={-totals.discountsMinor} currency={currency} />}
      {reduced && <Row name="Net" testId="bill-net" minor={totals.netMinor} currency={currency} />}
      {totals.taxes.map((tax) => (
        <Row
          key={`${tax.taxId} ${tax.ratePpm}`}
          name={`Tax ${formatRate(tax.ratePpm)}`}
          testId={`bill-tax-${tax.taxId}`}
          minor={tax.taxMinor}
          currency={currency}
        />
      ))}
      <div className="totals__row totals__row--total">
        <dt>Total</dt>
        <dd data-testid="bill-total" data-minor={totals.totalMinor}>
          {formatMoney(totals.totalMinor, currency)}
        </dd>
      </div>
      {order.payments.map((payment) => (
        <PaymentRow key={payment.paymentId} payment={payment} currency={currency} />
      ))}
      <div className="totals__row totals__row--balance" data-state={balanceState(order)}>
        <dt>{totals.balanceMinor < 0 ? 'Paid too much' : 'Balance'}</dt>
        <dd data-testid="bill-balance" data-minor={totals.balanceMinor}>
          {formatMoney(Math.abs(totals.balanceMinor), currency)}
        </dd>
      </div>
    </dl>
  );
}

function balanceState(order: OrderView): 'due' | 'settled' | 'over' {
  if (order.totals.balanceMinor < 0) return 'over';
  return order.totals.balanceMinor === 0 && order.payments.length > 0 ? 'settled' : 'due';
}

interface RowProps {
  readonly name: string;
  readonly testId?: string;
  readonly minor: number;
  readonly currency: Currency;
}

function Row({ name, testId, minor, currency }: RowProps): ReactNode {
  return (
    <div className="totals__row">
      <dt>{name}</dt>
      <dd data-testid={testId} data-minor={minor}>
        {formatAmount(minor, currency)}
      </dd>
    </div>
  );
}

function PaymentRow({ payment, currency }: { readonly payment: PaymentView; readonly currency: Currency }): ReactNode {
  const extras = [
    payment.changeMinor > 0 ? `change ${formatAmount(payment.changeMinor, currency)}` : '',
    payment.tipMinor > 0 ? `tip ${formatAmount(payment.tipMinor, currency)}` : '',
  ].filter((extra) => extra !== '');
  return (
    <div className="totals__row totals__row--payment" data-testid={`payment-${payment.paymentId}`}>
      <dt>
        {payment.type === 'cash' ? 'Cash' : 'Card'}
        {extras.length > 0 && <small> · {extras.join(', ')}</small>}
      </dt>
      <dd>{formatAmount(-payment.amountMinor, currency)}</dd>
    </div>
  );
}
