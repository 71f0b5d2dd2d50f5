/**
 * What a service worker and the pages of its app say to each other. The worker asks each page over a channel of its own; a page
 * whose engine is open says `heard` at once, so that one that is frozen or has no engine is not waited for, and later how it ended.
 */
import type { Drained } from '../types.js';

/** The worker asks a page to drain its engine. */
export interface DrainRequest {
  readonly type: 'auraconnect/drain';
  /** Pages whose engine was registered under another tag do not answer. */
  readonly tag: string;
  readonly timeoutMs: number;
}

/** What a page answers; `closed`: its engine was closed before it could tell how it ended. */
export type DrainReply =
  { readonly type: 'heard' } | { readonly type: 'ended'; readonly drained: Drained } | { readonly type: 'closed' };

/** Whether a message is such a question: an app has messages of its own. */
export function isDrainRequest(message: unknown): message is DrainRequest {
  return (message as DrainRequest | null)?.type === 'auraconnect/drain';
}
