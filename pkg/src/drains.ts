/** Waiting until nothing of a device is pending: what work in the background does before the platform stops it. */
import { EngineError } from './engine_error.js';
import { within } from './options.js';
import type { Drained, DrainOptions, Engine } from './types.js';

const DRAIN_MS = 30_000;
const DRAIN_MS_MAX = 3_600_000;

/** What a drain sees of the engine. It asks nothing else, so it is the same in a tab that writes and in one that follows. */
type Watched = Pick<Engine, 'conflicts' | 'status' | 'subscribe' | 'syncNow'>;

/** The drains of one engine that are under way. */
export class Drains {
  readonly #engine: Watched;
  readonly #underWay = new Set<(closed: EngineError) => void>();

  constructor(engine: Watched) {
    this.#engine = engine;
  }

  /** Asks for an exchange and waits. Throws `OPTION_INVALID`. */
  start({ timeoutMs = DRAIN_MS }: DrainOptions = {}): Promise<Drained> {
    const ms = within('timeoutMs', timeoutMs, 1, DRAIN_MS_MAX);
    if (!isPending(this.#engine)) return Promise.resolve(drained(this.#engine, 'drained'));
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        stopHearing();
        clearTimeout(timer);
        this.#underWay.delete(refuse);
      };
      const end = (outcome: Drained['outcome']): void => {
        stop();
        resolve(drained(this.#engine, outcome));
      };
      const refuse = (closed: EngineError): void => {
        stop();
        reject(closed);
      };
      // Asking ends a pause, and a follower hears a moment later that it has: a pause counts once sending was seen to be allowed.
      let wasAllowed = false;
      const look = (): void => {
        const { paused } = this.#engine.status();
        wasAllowed ||= paused === null;
        if (!isPending(this.#engine)) end('drained');
        // Another tab writes the store from now on: this one follows it, and the same question is that tab's.
        else if (wasAllowed && paused !== null && paused !== 'taken_over') end('paused');
      };
      const stopHearing = this.#engine.subscribe(look);
      const timer = setTimeout(() => end(isPending(this.#engine) ? 'timed_out' : 'drained'), ms);
      this.#underWay.add(refuse);
      this.#engine.syncNow();
      look();
    });
  }

  /** The engine is closed: whoever waits hears of it. */
  close(): void {
    const closed = new EngineError('ENGINE_CLOSED', 'the engine was closed before everything was sent');
    for (const refuse of [...this.#underWay]) refuse(closed);
  }
}

/** Whether something of this device is to be sent: mutations, and decisions of conflicts, which travel beside them. */
function isPending({ status, conflicts }: Watched): boolean {
  return status().queueDepth > 0 || conflicts.list().some((conflict) => conflict.status === 'deciding');
}

function drained(engine: Watched, outcome: Drained['outcome']): Drained {
  const { queueDepth, connection, paused, lastErrorCode } = engine.status();
  return { outcome, queueDepth, connection, paused, lastErrorCode };
}
