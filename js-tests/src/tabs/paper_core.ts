/**
 * A core of paper: it keeps what the real one promises of a writer, a replica, a context and a refused commit, and nothing
 * else, so that what is tested is how tabs share it. An order here is a list of labels; a command adds one.
 */
import type { EnginePort, JournalEntry, PortHooks, PortRole } from '../../../pkg/src/engine_port.ts';

/** What a command of paper says. */
export interface PaperCommand {
  readonly orderId: string;
  /** What is added. */
  readonly label: string;
  /** Refused where the order does not hold this label: a command that overtook another is seen. */
  readonly after?: string;
}

/** One added label, and which command of which tab added it. */
export interface Added extends PaperCommand {
  readonly by: string;
}

/** A store that several tabs open. */
export interface PaperStore {
  /** Writes keys that must not exist; durable when it resolves. */
  create(entries: readonly JournalEntry[]): Promise<void>;
  read(): Promise<readonly JournalEntry[]>;
}

const keyOf = (number: number): string => `journal/${number.toString(16).padStart(16, '0')}`;
const encode = (added: readonly Added[]): Uint8Array => new TextEncoder().encode(JSON.stringify(added));
const decode = (bytes: Uint8Array): Added[] => JSON.parse(new TextDecoder().decode(bytes)) as Added[];

/** Everything that a store holds, in the order in which it was written. */
export function addedIn(entries: ReadonlyMap<string, Uint8Array>): Added[] {
  return [...entries].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([, bytes]) => decode(bytes));
}

interface Waiting {
  readonly command: PaperCommand;
  readonly by: string;
  readonly resolve: (order: string) => void;
  readonly reject: (refused: { code: string; message: string }) => void;
}

/** Opens a handle; `tab` names who opens it. */
export async function openPaper(store: PaperStore, tab: string, role: PortRole, hooks: PortHooks): Promise<EnginePort> {
  const core = new PaperCore(store, tab, role, hooks);
  core.load(await store.read());
  return core;
}

let contexts = 0;

class PaperCore implements EnginePort {
  readonly #store: PaperStore;
  readonly #tab: string;
  readonly #role: PortRole;
  readonly #hooks: PortHooks;
  readonly #added: Added[] = [];
  #tail = 0;
  #waiting: Waiting[] = [];
  #committing = false;
  #takenOver = false;
  #closed = false;
  #staffId = 'stf_nobody';

  constructor(store: PaperStore, tab: string, role: PortRole, hooks: PortHooks) {
    this.#store = store;
    this.#tab = tab;
    this.#role = role;
    this.#hooks = hooks;
  }

  load(entries: readonly JournalEntry[]): void {
    for (const [, bytes] of entries) this.#added.push(...decode(bytes));
    this.#tail = entries.length;
  }

  command(json: string, context?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command: JSON.parse(json) as PaperCommand, by: context ?? this.context(), resolve, reject });
      void this.#commit();
    });
  }

  context(): string {
    contexts += 1;
    return `${this.#tab} ${contexts} ${this.#staffId}`;
  }

  query(json: string): string {
    const { type } = JSON.parse(json) as { type: string };
    if (type === 'menu') return 'null';
    if (type === 'status')
      return JSON.stringify({ deviceId: 'dev_paper', connection: 'online', queueDepth: this.#tail });
    const orderIds = [...new Set(this.#added.map(({ orderId }) => orderId))];
    return JSON.stringify(orderIds.map((orderId) => this.#order(orderId)));
  }

  observe(key: string, bytes: Uint8Array): boolean {
    if (this.#role !== 'replica') throw new Error('only a replica observes');
    const number = Number.parseInt(key.slice('journal/'.length), 16);
    if (number <= this.#tail) return true;
    if (number !== this.#tail + 1) return false;
    this.#take(decode(bytes));
    return true;
  }

  signal(): void {}

  beginPin(): { vault: string } {
    throw new Error('paper knows no PINs');
  }

  unlock(): string {
    throw new Error('paper knows no PINs');
  }

  forgetPins(): string {
    throw new Error('paper knows no PINs');
  }

  signIn(): void {}

  signOut(): void {}

  poked(): void {}

  loadDays(): Promise<void> {
    return Promise.resolve();
  }

  exportUnsynced(): string {
    throw new Error('nobody exports on paper');
  }

  recording(): string {
    throw new Error('nothing is recorded on paper');
  }

  addKey(): void {
    throw new Error('there are no keys on paper');
  }

  setStaff(staffId: string): void {
    this.#staffId = staffId;
  }

  close(): void {
    this.#closed = true;
  }

  #order(orderId: string): { orderId: string; labels: string[] } {
    const labels = this.#added.filter((added) => added.orderId === orderId).map(({ label }) => label);
    return { orderId, labels };
  }

  #take(added: readonly Added[]): void {
    this.#tail += 1;
    this.#added.push(...added);
    const orderIds = [...new Set(added.map(({ orderId }) => orderId))];
    this.#hooks.notify(JSON.stringify({ type: 'orders_changed', orderIds }));
    this.#hooks.notify('{"type":"status_changed"}');
  }

  async #commit(): Promise<void> {
    if (this.#committing || this.#closed) return;
    this.#committing = true;
    while (this.#waiting.length > 0 && !this.#closed) {
      const given = this.#waiting.splice(0);
      const staged: Added[] = [];
      const saved = given.filter((waiting) => this.#stage(waiting, staged));
      if (staged.length > 0) {
        const entry: JournalEntry = [keyOf(this.#tail + 1), encode(staged)];
        try {
          if (this.#hooks.mayCommit?.() === false) throw Object.assign(new Error('replaced'), { code: 'KEY_EXISTS' });
          await this.#store.create([entry]);
        } catch (thrown) {
          this.#takenOver = true;
          this.#hooks.commitRefused?.((thrown as { code?: string }).code);
          for (const { reject } of saved) reject({ code: 'STORE_TAKEN_OVER', message: 'another tab writes' });
          continue;
        }
        this.#hooks.committed?.([entry]);
        // As the real one: a closed handle hears of nothing any more.
        if (this.#closed) return;
        this.#take(staged);
      }
      for (const { command, resolve } of saved) resolve(JSON.stringify(this.#order(command.orderId)));
    }
    this.#committing = false;
  }

  /** Stages one command where it is neither refused nor known; tells whether it is to be answered with its order. */
  #stage({ command, by, reject }: Waiting, staged: Added[]): boolean {
    if (this.#role === 'replica' || this.#takenOver) {
      reject({ code: 'STORE_TAKEN_OVER', message: 'another tab writes' });
      return false;
    }
    const known = [...this.#added, ...staged];
    if (known.some((added) => added.by === by)) return true;
    const { orderId, after } = command;
    if (after !== undefined && !known.some((added) => added.orderId === orderId && added.label === after)) {
      reject({ code: 'LINE_UNKNOWN', message: `there is no ${after}` });
      return false;
    }
    staged.push({ ...command, by });
    return true;
  }
}
