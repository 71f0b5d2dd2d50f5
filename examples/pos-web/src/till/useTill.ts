import type { ConflictView, JourneyStep, MenuView, OrderView, Status } from '@auraconnect/offline-sync';
import { createContext, use, useSyncExternalStore } from 'react';
import type { Currency } from '../money/money.ts';
import type { ApprovalAsked } from '../approval/Approvals.ts';
import { decisionsOnTheirWay, type FloorBooks, type ReportRead, type StaffDuty } from './EngineStore.ts';
import type { TillSession } from './TillSession.ts';

export const TillContext = createContext<TillSession | null>(null);

/** The till that the calling component belongs to. */
export function useTill(): TillSession {
  const session = use(TillContext);
  if (!session) throw new Error('A till component stands outside a TillContext.');
  return session;
}

export function useOrder(orderId: string | null): OrderView | undefined {
  const { store } = useTill();
  return useSyncExternalStore(store.subscribeOrders, () => (orderId === null ? undefined : store.order(orderId)));
}

export function useOpenOrders(): readonly OrderView[] {
  const { store } = useTill();
  return useSyncExternalStore(store.subscribeOrders, store.openOrders);
}

export function useRecentTickets(): readonly OrderView[] {
  const { store } = useTill();
  return useSyncExternalStore(store.subscribeOrders, store.recentTickets);
}

export function useMenu(): MenuView | undefined {
  const { store } = useTill();
  return useSyncExternalStore(store.subscribeMenu, store.menu);
}

export function useStatus(session: TillSession): Status {
  return useSyncExternalStore(session.store.subscribeStatus, session.store.status);
}

/** Those that wait for a decision first, as the engine lists them. */
export function useConflicts(): readonly ConflictView[] {
  const { store } = useTill();
  return useSyncExternalStore(store.subscribeConflicts, store.conflicts);
}

/** How many conflicts were decided here whose decision the server has not confirmed. */
export function useDecisionsOnTheirWay(): number {
  return decisionsOnTheirWay(useConflicts());
}

export function useJourney(orderId: string): readonly JourneyStep[] {
  const { store } = useTill();
  return useSyncExternalStore(store.subscribeJourneys, () => store.journey(orderId));
}

export function useReport(): ReportRead {
  const { store } = useTill();
  return useSyncExternalStore(store.subscribeReport, store.report);
}

export function useCurrency(): Currency | null {
  const { store } = useTill();
  return useSyncExternalStore(store.subscribeMenu, store.currency);
}

/** Whether the till's network switch is on. */
export function usePlugged(session: TillSession): boolean {
  return useSyncExternalStore(session.network.subscribe, session.network.isPlugged);
}

/** Who may sign in on this till, and who has. */
export function useDuty(session: TillSession): StaffDuty {
  return useSyncExternalStore(session.store.subscribeStaff, session.store.duty);
}

/** What the clock and the drawers show. */
export function useBooks(): FloorBooks {
  const { store } = useTill();
  return useSyncExternalStore(store.subscribeShifts, store.books);
}

/** The command that waits for somebody's approval. */
export function useApprovalAsked(session: TillSession): ApprovalAsked | null {
  return useSyncExternalStore(session.approvals.subscribe, session.approvals.asked);
}
