import './server.css';
import { CircleCheck, Link2Off, Server, Zap, ZapOff } from 'lucide-react';
import { type ReactNode, useState, useSyncExternalStore } from 'react';
import { formatMoney } from '../money/money.ts';
import { syncHeadline } from '../status/words.ts';
import type { TillSession } from '../till/TillSession.ts';
import { usePlugged, useStatus } from '../till/useTill.ts';
import { AgreementWatch } from './Agreement.ts';
import { ServerMirror } from './ServerMirror.ts';

interface ServerStripProps {
  readonly first: TillSession;
  readonly second: TillSession;
}

/** The server between the two tills: what it holds, which cable is cut, and whether all three agree. */
export function ServerStrip({ first, second }: ServerStripProps): ReactNode {
  return (
    <header className="server-strip" data-testid="server-strip">
      <Cable session={first} side="left" />
      <ServerCard token={first.till.enrolment.deviceToken} />
      <Cable session={second} side="right" />
      <Verdict first={first} second={second} />
      <OutageButton first={first} second={second} />
    </header>
  );
}

function ServerCard({ token }: { readonly token: string }): ReactNode {
  const [mirror] = useState(() => new ServerMirror(token));
  const view = useSyncExternalStore(mirror.subscribe, mirror.view);
  const currency = { code: view.currency, exponent: view.currencyExponent };
  return (
    <section className="server-card" aria-label="Server" data-state={view.state}>
      <Server aria-hidden="true" />
      <dl>
        <div>
          <dt>{view.orders === 1 ? 'order' : 'orders'}</dt>
          <dd data-testid="server-orders" data-count={view.orders}>
            {view.state === 'asking' ? '–' : view.orders}
          </dd>
        </div>
        <div>
          <dt>paid</dt>
          <dd data-testid="server-payments" data-count={view.payments} data-minor={view.paymentsMinor}>
            {view.state === 'asking' ? '–' : formatMoney(view.paymentsMinor, currency)}
          </dd>
        </div>
      </dl>
      {view.state === 'unreachable' && <p role="status">Server does not answer</p>}
    </section>
  );
}

/** The line from a till to the server. */
function Cable({ session, side }: { readonly session: TillSession; readonly side: 'left' | 'right' }): ReactNode {
  const status = useStatus(session);
  const plugged = usePlugged(session);
  const { tone } = syncHeadline(status, plugged);
  return (
    <div className="cable" data-side={side} data-tone={tone} data-moving={status.exchanging || tone === 'busy'}>
      <strong>{session.till.name}</strong>
      <span className="cable__line" aria-hidden="true">
        {tone === 'offline' && <Link2Off />}
      </span>
      <span className="cable__depth">{status.queueDepth > 0 ? `${status.queueDepth} waiting` : 'all sent'}</span>
    </div>
  );
}

function Verdict({ first, second }: ServerStripProps): ReactNode {
  const [watch] = useState(() => new AgreementWatch(first, second));
  const agreement = useSyncExternalStore(watch.subscribe, watch.agreement);
  return (
    <p className="verdict" role="status" data-testid="agreement" data-state={agreement.state}>
      {agreement.state === 'agree' && <CircleCheck aria-hidden="true" />}
      <span>{agreement.text}</span>
    </p>
  );
}

/** Cuts both tills off at once, or brings both back. */
function OutageButton({ first, second }: ServerStripProps): ReactNode {
  const firstPlugged = usePlugged(first);
  const secondPlugged = usePlugged(second);
  const outage = !firstPlugged && !secondPlugged;
  return (
    <button
      type="button"
      className="outage"
      data-testid="outage"
      aria-pressed={outage}
      onClick={() => {
        first.setPlugged(outage);
        second.setPlugged(outage);
      }}
    >
      {outage ? <Zap aria-hidden="true" /> : <ZapOff aria-hidden="true" />}
      {outage ? 'End the outage' : 'Cut both tills'}
    </button>
  );
}
