/**
 * What the tabs of one device's store say to each other, over a channel that all of them hear.
 *
 * One tab is the **writer**: it holds the lock, writes the store and exchanges with the server. The others are **followers**:
 * each reads the store into a replica of its own, is told of every commit, and has the writer carry out its commands.
 *
 * ```
 * follower                          writer
 *    │ ── hello ───────────────────▶ │   from now on commits are told
 *    │ ◀──────────── leads, to it ── │   the follower reads the store: nothing can be missed in between
 *    │ ── command, with context ───▶ │
 *    │ ◀────────────── committed ─── │   the entries, after they are durable
 *    │ ◀──────────────── outcome ─── │   always after the commit it rests on
 *    │ ── bye ─────────────────────▶ │
 * ```
 *
 * Laws that the rest relies on:
 *
 * - A tab that becomes the writer says `leads` to all. Every follower answers with `hello`, reads the store again (the last
 *   writer may have died between a commit and telling of it) and gives its unanswered commands anew, in their order.
 * - A command is addressed to one writer in one term. One that was meant for a former writer is never taken by its successor,
 *   which may be the same tab again: a later command could overtake an earlier one.
 * - A command's context names the moment and the person of the tab where it was given, and the ids it makes come from there:
 *   given again to the next writer, it takes effect once and answers the same.
 * - A writer that finds that it is none (its commit met another's) `resigns` and answers nothing: the next one will.
 */
import type { FieldAtFault } from '../engine_error.js';
import type { JournalEntry } from '../engine_port.js';
import type { LinkStatus, Signal } from '../seat.js';

/** The version of these messages: tabs of another version are not understood, and a store they write is in use. */
export const TABS_VERSION = 1;

/** Names a tab for as long as its engine is open; random. */
export type TabId = string;

/**
 * Orders the writers of a store: a later one has a larger term, so that the word of an earlier one that comes late, or of one
 * that does not know yet that it was replaced, is not followed. Milliseconds since 1970, or one more than the last that was
 * heard, whichever is more.
 */
export type Term = number;

/** Why a command was refused. */
export interface Refused extends FieldAtFault {
  readonly code: string;
  readonly message: string;
}

/** One message; `to` is absent where it is for all. */
export type TabMessage =
  /** A follower wants to be told. */
  | { readonly type: 'hello'; readonly from: TabId }
  /** A follower wants to be told no more. */
  | { readonly type: 'bye'; readonly from: TabId }
  /** The writer is this tab: to all when it becomes that, to one as the answer to `hello`. */
  | {
      readonly type: 'leads';
      readonly from: TabId;
      readonly to?: TabId;
      readonly term: Term;
      readonly link: LinkStatus;
    }
  /** This tab writes no more; the next writer will say so. */
  | { readonly type: 'resigns'; readonly from: TabId }
  /** These entries are durable. */
  | { readonly type: 'committed'; readonly from: TabId; readonly entries: readonly JournalEntry[] }
  /** The writer's link is another one. */
  | { readonly type: 'link'; readonly from: TabId; readonly link: LinkStatus }
  /** Carry this command out, if you still write in this term; `id` counts in the sending tab. */
  | {
      readonly type: 'command';
      readonly from: TabId;
      readonly to: TabId;
      readonly term: Term;
      readonly id: number;
      readonly text: string;
      readonly context: string;
    }
  /** How a command went: the order as JSON, or why not. */
  | {
      readonly type: 'outcome';
      readonly from: TabId;
      readonly to: TabId;
      readonly id: number;
      readonly outcome: { readonly order: string } | { readonly refused: Refused };
    }
  /** The host told a follower something of the world. */
  | { readonly type: 'signal'; readonly from: TabId; readonly to: TabId; readonly name: Signal };

/** A channel to the other tabs: what one posts all others hear, in the order of posting. */
export interface TabChannel {
  post(message: TabMessage): void;
  close(): void;
}

/** Opens the channel of this name; `hear` gets what other tabs post. */
export type OpenChannel = (name: string, hear: (message: TabMessage) => void) => TabChannel;

/** The platform's BroadcastChannel; `undefined` where there is none. */
export function platformChannel(): OpenChannel | undefined {
  if (typeof BroadcastChannel !== 'function') return undefined;
  return (name, hear) => {
    const channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }: MessageEvent<{ version?: number; message: TabMessage }>) => {
      if (data?.version === TABS_VERSION) hear(data.message);
    };
    return {
      post: (message) => channel.postMessage({ version: TABS_VERSION, message }),
      close: () => channel.close(),
    };
  };
}
