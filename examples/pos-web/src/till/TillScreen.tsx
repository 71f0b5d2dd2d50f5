import './till.css';
import { lazy, type MouseEvent, type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { BillPane } from '../bill/BillPane.tsx';
import { DrawerPane } from '../drawer/DrawerPane.tsx';
import { FloorPane } from '../floor/FloorPane.tsx';
import { MenuPane } from '../menu/MenuPane.tsx';
import { SignInScreen } from '../sign-in/SignInScreen.tsx';
import { StatusBar } from '../status/StatusBar.tsx';
import { TicketsPane } from '../tickets/TicketsPane.tsx';
import { ClockPane } from '../time-clock/ClockPane.tsx';
import { ToastStack } from '../ui/ToastStack.tsx';
import { type Front, type Pane, TillNavigation } from './TillNavigation.tsx';
import type { TillSession } from './TillSession.ts';
import { type OpenSheet, TillSheets } from './TillSheets.tsx';
import { TillContext, useApprovalAsked, useDuty, usePlugged } from './useTill.ts';

/** Comes with its chart library, which no till needs to start. */
const ReportPane = lazy(() => import('../report/ReportPane.tsx').then((module) => ({ default: module.ReportPane })));

/** For how long after the screen changed the second press of a double tap is taken for a stray one. */
const STRAY_PRESS_MS = 450;

interface TillScreenProps {
  readonly session: TillSession;
  /** Shows the picker between the tills. */
  readonly picker?: boolean;
}

/** One till, whole: wide enough it shows the menu beside the bill, on a phone one at a time. */
export function TillScreen({ session, picker = false }: TillScreenProps): ReactNode {
  const [pane, setPane] = useState<Pane>('floor');
  const [front, setFront] = useState<Front>('pane');
  const [orderId, setOrderId] = useState<string | null>(null);
  const [sheet, setSheet] = useState<OpenSheet | null>(null);
  const plugged = usePlugged(session);
  const { signIn, signedIn } = useDuty(session);
  const locked = signIn && signedIn === null;
  const approvalAsked = useApprovalAsked(session) !== null;

  // What somebody had begun in a dialog is not for whoever signs in next; open orders are.
  useEffect(() => {
    if (!locked) return;
    session.approvals.asked()?.cancel();
    setSheet(null);
  }, [locked, session]);

  const showPane = useCallback((next: Pane): void => {
    setPane(next);
    setFront('pane');
  }, []);
  const takeOrders = useCallback(
    (chosen: string): void => {
      setOrderId(chosen);
      showPane('menu');
    },
    [showPane],
  );
  const readTicket = useCallback((chosen: string): void => {
    setOrderId(chosen);
    setFront('bill');
  }, []);
  const leave = useCallback((): void => {
    setOrderId(null);
    showPane('floor');
  }, [showPane]);
  const changedAt = useRef(0);
  useEffect(() => {
    changedAt.current = performance.now();
  }, [pane, front, orderId, sheet]);

  /** The second press of a double tap must not hit what has just come up under the finger. */
  const dropStrayPress = (event: MouseEvent): void => {
    if (event.detail > 1 && performance.now() - changedAt.current < STRAY_PRESS_MS) event.stopPropagation();
  };

  return (
    <TillContext value={session}>
      <section
        className="till"
        aria-label={session.till.name}
        data-testid={session.testId}
        data-pane={pane}
        data-front={front}
        data-plugged={plugged}
        onClickCapture={dropStrayPress}
        onPointerDownCapture={() => session.touch()}
        onKeyDownCapture={() => session.touch()}
        data-locked={locked}
        data-order={orderId === null ? 'none' : 'chosen'}
      >
        <div className="till__surface" inert={sheet !== null || approvalAsked || locked}>
          <StatusBar
            picker={picker}
            onSyncCentre={() => setSheet({ kind: 'sync_centre' })}
            onConflicts={() => setSheet({ kind: 'conflicts' })}
          />
          <TillNavigation
            pane={pane}
            front={front}
            orderId={orderId}
            onPane={showPane}
            linkToBoth={picker}
            onBill={() => setFront('bill')}
          />
          <div className="till__left" key={pane}>
            {pane === 'floor' && <FloorPane orderId={orderId} onOrder={takeOrders} />}
            {pane === 'menu' && (
              <MenuPane
                orderId={orderId}
                onModifiers={(order, itemId) => setSheet({ kind: 'modifiers', orderId: order, itemId })}
                onFloor={() => showPane('floor')}
              />
            )}
            {pane === 'tickets' && <TicketsPane orderId={orderId} onOrder={readTicket} />}
            {pane === 'report' && (
              <Suspense fallback={null}>
                <ReportPane />
              </Suspense>
            )}
            {pane === 'clock' && (
              <ClockPane
                onClockOut={() => setSheet({ kind: 'clock_out' })}
                onAmend={(punch) => setSheet({ kind: 'amend', punch })}
              />
            )}
            {pane === 'drawer' && <DrawerPane onAct={(act) => setSheet({ kind: 'drawer', act })} />}
          </div>
          <BillPane
            orderId={orderId}
            onOrder={setOrderId}
            onVoid={(order, lineId) => setSheet({ kind: 'void', orderId: order, lineId })}
            onPay={(order) => setSheet({ kind: 'payment', orderId: order })}
            onLeave={leave}
            onConflict={(conflictId) => setSheet({ kind: 'conflicts', conflictId })}
            onJourney={(order) => setSheet({ kind: 'sync_centre', orderId: order })}
          />
        </div>
        {locked ? <SignInScreen /> : <TillSheets sheet={sheet} onSheet={setSheet} />}
        <ToastStack />
      </section>
    </TillContext>
  );
}
