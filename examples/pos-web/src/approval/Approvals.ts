import { EngineError, type GivenApproval } from '@auraconnect/offline-sync';

/** One command that waits for somebody with the right to it. */
export interface ApprovalAsked {
  /** What is to be done, e.g. `Void a line`. */
  readonly what: string;
  /** Gives the command with this approval. Rejects with what is wrong with it, and may be tried again. */
  give(approval: GivenApproval): Promise<void>;
  /** Nobody approves: the command is not given. */
  cancel(): void;
}

/** Asks for the approval that a command was refused for want of; one at a time, as there is one screen. */
export class Approvals {
  readonly #listeners = new Set<() => void>();
  #asked: ApprovalAsked | null = null;

  readonly asked = (): ApprovalAsked | null => this.#asked;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Resolves to what the command came to once somebody has approved it, and to `undefined` where nobody does. What is wrong with
   * the approval is shown where it was typed; what is wrong with the command itself rejects.
   */
  ask<Result>(what: string, give: (approval: GivenApproval) => Promise<Result>): Promise<Result | undefined> {
    this.#asked?.cancel();
    return new Promise((resolve, reject) => {
      this.#set({
        what,
        give: async (approval) => {
          try {
            const result = await give(approval);
            this.#set(null);
            resolve(result);
          } catch (error) {
            if (isOfTheApproval(error)) throw error;
            this.#set(null);
            reject(error);
          }
        },
        cancel: () => {
          this.#set(null);
          resolve(undefined);
        },
      });
    });
  }

  #set(asked: ApprovalAsked | null): void {
    this.#asked = asked;
    for (const listener of this.#listeners) listener();
  }
}

const OF_THE_APPROVAL: readonly string[] = [
  'APPROVAL_INVALID',
  'APPROVAL_MISSING',
  'APPROVAL_REQUIRED',
  'PIN_WRONG',
  'PIN_LOCKED',
  'PIN_BLOCKED',
  'STAFF_UNKNOWN',
  'SCOPE_MISSING',
  'GRANT_EXPIRED',
  'GRANT_FOREIGN',
];

function isOfTheApproval(error: unknown): boolean {
  return error instanceof EngineError && OF_THE_APPROVAL.includes(error.code);
}
