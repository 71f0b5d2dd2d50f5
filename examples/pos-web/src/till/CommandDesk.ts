import { type Approved, type Engine, EngineError } from '@auraconnect/offline-sync';
import type { Approvals } from '../approval/Approvals.ts';
import type { Toasts } from './Toasts.ts';
import { sentenceOf } from './sentences.ts';

/** A command of a person at this till. */
export interface Press {
  /** Tells presses apart: a second one with the same key while the first is being saved is the same press. */
  readonly key: string;
  /** What it does, for whoever is asked to approve it. */
  readonly what: string;
}

/** Where every command of a till is given: each is saved, approved by somebody, or its failure is said. */
export class CommandDesk {
  readonly #engine: Engine;
  readonly #approvals: Approvals;
  readonly #toasts: Toasts;
  readonly #underWay = new Set<string>();

  constructor(engine: Engine, approvals: Approvals, toasts: Toasts) {
    this.#engine = engine;
    this.#approvals = approvals;
    this.#toasts = toasts;
  }

  /**
   * Gives a command, and where whoever works here lacks the right to it, gives that one again with somebody's approval. Resolves to
   * `undefined` where it was not done; the person has been told.
   */
  async give<Result>(
    { key, what }: Press,
    command: (engine: Approved) => Promise<Result>,
  ): Promise<Result | undefined> {
    if (this.#underWay.has(key)) return undefined;
    this.#underWay.add(key);
    try {
      return await command(this.#engine).catch((error: unknown) => {
        if (!(error instanceof EngineError) || error.code !== 'APPROVAL_REQUIRED') throw error;
        return this.#approvals.ask(what, (approval) => this.#engine.staff.approve(approval, command));
      });
    } catch (error) {
      this.#toasts.show('error', sentenceOf(error));
      return undefined;
    } finally {
      this.#underWay.delete(key);
    }
  }

  /** The same for what comes to nothing that can be shown: tells whether it was done. */
  async done(press: Press, command: (engine: Approved) => Promise<void>): Promise<boolean> {
    const done = await this.give(press, async (engine) => {
      await command(engine);
      return true;
    });
    return done ?? false;
  }
}
