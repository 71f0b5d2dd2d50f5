import type { DrawerSessionView, Engine } from '@auraconnect/offline-sync';
import type { CommandDesk } from '../till/CommandDesk.ts';

/** The one drawer under this till. Each command resolves to whether it was done. */
export class TillDrawer {
  /** E.g. `drw_a` under the till whose tickets begin with A. */
  readonly id: string;
  readonly #engine: Engine;
  readonly #desk: CommandDesk;

  constructor(engine: Engine, desk: CommandDesk, devicePrefix: string) {
    this.id = `drw_${devicePrefix.toLowerCase()}`;
    this.#engine = engine;
    this.#desk = desk;
  }

  /** The session that cash which is taken now goes into. */
  openSession(): DrawerSessionView | undefined {
    return this.#engine.drawers.list({ open: true }).find(({ drawerId }) => drawerId === this.id);
  }

  open(floatMinor: number): Promise<boolean> {
    return this.#desk.done(this.#press('Open the drawer'), ({ drawers }) => drawers.open(this.id, { floatMinor }));
  }

  payIn(amountMinor: number, reason: string): Promise<boolean> {
    return this.#desk.done(this.#press('Put cash in'), ({ drawers }) =>
      drawers.payIn(this.id, { amountMinor, reason }),
    );
  }

  payOut(amountMinor: number, reason: string): Promise<boolean> {
    return this.#desk.done(this.#press('Take cash out'), ({ drawers }) =>
      drawers.payOut(this.id, { amountMinor, reason }),
    );
  }

  drop(amountMinor: number): Promise<boolean> {
    return this.#desk.done(this.#press('Take cash to the safe'), ({ drawers }) =>
      drawers.drop(this.id, { amountMinor }),
    );
  }

  noSale(reason: string): Promise<boolean> {
    return this.#desk.done(this.#press('Open the drawer without a sale'), ({ drawers }) =>
      drawers.noSale(this.id, reason),
    );
  }

  count(countedMinor: number): Promise<boolean> {
    return this.#desk.done(this.#press('Count the drawer'), ({ drawers }) => drawers.count(this.id, { countedMinor }));
  }

  close(): Promise<boolean> {
    return this.#desk.done(this.#press('Close the drawer'), ({ drawers }) => drawers.close(this.id));
  }

  #press(what: string): { key: string; what: string } {
    return { key: `drawer ${what}`, what };
  }
}
