/**
 * The service worker's side of Background Sync. A worker cannot share a page's engine, so where a page lives it asks that one. Where
 * none does it opens the store itself, as one more tab: the store's lock and the messages between tabs are what they are between
 * pages, so that a page that opens meanwhile follows the worker, and has the store when it closes.
 */
import type { Drained, Engine } from '../types.js';
import { drainAndClose } from './drain_and_close.js';
import type { DrainReply, DrainRequest } from './messages.js';

const SYNC_MS = 60_000;
/** How long a page may take to say that it has heard, in milliseconds: one that is frozen never does. */
const HEARD_MS_MAX = 2_000;
/** How much longer than asked a page may take to say how it ended, in milliseconds: one that was closed never does. */
const ENDED_GRACE_MS = 5_000;

/** The `sync` event of a service worker. */
export interface BackgroundSyncEvent {
  readonly tag: string;
  waitUntil(work: Promise<unknown>): void;
}

/** Options of {@link onBackgroundSync}. */
export interface BackgroundSyncOptions {
  /**
   * How long to drain at most, in milliseconds; 1 to 3,600,000, 60,000 when absent. Chromium ends an event after three minutes,
   * opening the store included.
   */
  timeoutMs?: number;
}

/** A page of the app, as a service worker sees it. */
interface PageClient {
  postMessage(message: DrainRequest, transfer: Transferable[]): void;
}

/** What a service worker knows of pages; this package's types are those of pages. */
interface WorkerScope {
  readonly clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: true }): Promise<readonly PageClient[]>;
  };
}

/**
 * Call it in the service worker's `sync` listener with the event: keeps the worker alive until nothing waits any more. Asks the
 * pages that registered the event's tag; where none answers, drains an engine that `open` opens and closes it. Where something is
 * left the event fails, so that the browser sends it again later.
 */
export function onBackgroundSync(
  event: BackgroundSyncEvent,
  open: () => Promise<Engine>,
  { timeoutMs = SYNC_MS }: BackgroundSyncOptions = {},
): void {
  event.waitUntil(drainAnywhere(event.tag, open, timeoutMs));
}

async function drainAnywhere(tag: string, open: () => Promise<Engine>, timeoutMs: number): Promise<void> {
  const { clients } = globalThis as unknown as WorkerScope;
  // A page that was loaded before the worker came is not controlled by it, and sells all the same.
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  const request: DrainRequest = { type: 'auraconnect/drain', tag, timeoutMs };
  const asked = await Promise.all(pages.map((page) => ask(page, request)));
  const alive = asked.filter((page) => page !== undefined);
  if (alive.length === 0) return requireDrained(await drainAndClose(open, timeoutMs));
  // Tabs of one till all wait for the same queue: the first that sees it empty is right.
  const ends = alive.map(async ({ ended }) => requireDrained(await ended));
  await Promise.any(ends).catch(({ errors }: AggregateError) => {
    throw errors[0];
  });
}

function requireDrained({ outcome, queueDepth }: Drained): void {
  if (outcome !== 'drained') throw new Error(`${queueDepth} changes still wait: ${outcome}`);
}

/** A page that has heard; `ended` rejects where it does not say how it ended. */
interface AskedPage {
  readonly ended: Promise<Drained>;
}

/** Asks one page; `undefined` where it does not answer. */
function ask(page: PageClient, request: DrainRequest): Promise<AskedPage | undefined> {
  return new Promise((resolve) => {
    const { port1: port, port2 } = new MessageChannel();
    let tellEnd: (drained: Drained) => void;
    let tellLoss: (lost: Error) => void;
    const ended = new Promise<Drained>((tell, fail) => {
      tellEnd = tell;
      tellLoss = fail;
    });
    const close = (): void => {
      clearTimeout(timer);
      port.close();
    };
    const lose = (): void => {
      close();
      tellLoss(new Error('the page was closed before it could tell how it ended'));
    };
    let timer = setTimeout(() => {
      close();
      resolve(undefined);
    }, HEARD_MS_MAX);
    port.onmessage = ({ data: reply }: MessageEvent<DrainReply>) => {
      switch (reply.type) {
        case 'heard':
          clearTimeout(timer);
          timer = setTimeout(lose, request.timeoutMs + ENDED_GRACE_MS);
          return resolve({ ended });
        case 'ended':
          close();
          return tellEnd(reply.drained);
        case 'closed':
          return lose();
      }
    };
    page.postMessage(request, [port2]);
  });
}
