import type { Amend } from '@auraconnect/offline-sync';
import type { CommandDesk } from '../till/CommandDesk.ts';

/** The kinds of break that this restaurant gives. */
export type BreakKind = 'rest' | 'meal';

/** What the buttons of the clock do. Each resolves to whether it was done. */
export class TimeClock {
  readonly #desk: CommandDesk;

  constructor(desk: CommandDesk) {
    this.#desk = desk;
  }

  clockIn(job: string): Promise<boolean> {
    return this.#desk.done({ key: 'punch', what: 'Clock in' }, ({ shifts }) => shifts.clockIn({ job }));
  }

  startBreak(breakType: BreakKind): Promise<boolean> {
    return this.#desk.done({ key: 'punch', what: 'Start a break' }, ({ shifts }) => shifts.startBreak({ breakType }));
  }

  endBreak(): Promise<boolean> {
    return this.#desk.done({ key: 'punch', what: 'End a break' }, ({ shifts }) => shifts.endBreak());
  }

  clockOut(declaredCashTipsMinor: number): Promise<boolean> {
    return this.#desk.done({ key: 'punch', what: 'Clock out' }, ({ shifts }) =>
      shifts.clockOut({ declaredCashTipsMinor }),
    );
  }

  /** Takes the right to amend; whoever lacks it has a manager beside them. */
  amend(amendment: Amend): Promise<boolean> {
    return this.#desk.done({ key: `amend ${amendment.punchId}`, what: 'Change a punch' }, ({ shifts }) =>
      shifts.amend(amendment),
    );
  }

  acknowledge(amendmentId: string): Promise<boolean> {
    return this.#desk.done({ key: `agree ${amendmentId}`, what: 'Agree to a change' }, ({ shifts }) =>
      shifts.acknowledge(amendmentId),
    );
  }
}
