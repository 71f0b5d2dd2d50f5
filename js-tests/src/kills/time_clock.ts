/** A device that sends punches beside a till's orders, in the stream of its own that they have, while its server is killed. */
import assert from 'node:assert/strict';
import { type RawMutation, RawDevice, type RawReply, readReply } from '../server/blackbox/raw_device.ts';
import type { Ledger } from '../server/ledger.ts';
import type { DeviceEnrolment } from '../server/restaurant.ts';

/** Counts what it offered and what the verdicts settled, and keeps the rest until it is settled. */
export class TimeClock {
  readonly #device: RawDevice;
  readonly #waiting: RawMutation[] = [];
  /** Mutations that were sent at least once. */
  readonly offered = new Set<string>();
  /** The verdicts there are, by mutation, without whether they were repeats. */
  readonly settled = new Map<string, string>();

  constructor(url: string, enrolment: DeviceEnrolment) {
    this.#device = new RawDevice(url, enrolment);
  }

  /** How many punches there were. */
  get punched(): number {
    return this.#device.seq;
  }

  /** Somebody punches: in, and out a minute later. */
  punch(): void {
    const count = this.punched;
    // A day's log of one person ends at 200 punches.
    const shift = Math.floor(count / 100);
    const staffId = `stf_${this.#device.enrolment.devicePrefix.toLowerCase()}_${shift}`;
    this.#waiting.push(this.#device.punches(staffId, count % 2 === 0 ? 'clock_in' : 'clock_out', count));
  }

  /** Sends everything that waits. What waits stays where the server goes away before its verdict is read. */
  async send(): Promise<void> {
    const batch = [...this.#waiting];
    for (const { id } of batch) this.offered.add(id);
    const reply = await this.#exchange(batch);
    for (const { replayed: _, ...verdict } of reply.verdicts) {
      const said = JSON.stringify(verdict);
      assert.equal(verdict.outcome, 'applied', said);
      assert.equal(this.settled.get(verdict.id) ?? said, said, 'a verdict that was given stands');
      this.settled.set(verdict.id, said);
    }
    const open = this.#waiting.filter(({ id }) => !this.settled.has(id));
    this.#waiting.splice(0, this.#waiting.length, ...open);
  }

  /** Sends until nothing waits. */
  async drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.send();
  }

  async #exchange(batch: readonly RawMutation[]): Promise<RawReply> {
    const body = this.#device.body(batch);
    let answer = await this.#device.send(body, 'shifts');
    // Where the tills were faster five times over.
    while (answer.status === 503) answer = await this.#device.send(body, 'shifts');
    return readReply(answer);
  }
}

/** Checks that a ledger's stream of shifts holds every punch exactly once, and the logs of who worked hold the same ones. */
export function checkPunches({ operations, shifts }: Ledger, clocks: readonly TimeClock[]): void {
  const journal = operations.filter(({ stream }) => stream === 'shifts');
  const punchId = ({ change }: (typeof journal)[number]) => (change['event'] as { punch_id: string }).punch_id;
  assert.ok(journal.length > 0);
  assert.equal(
    journal.length,
    clocks.reduce((sum, { punched }) => sum + punched, 0),
  );
  assert.ok(journal.every(({ outcome }) => outcome === 'applied'));
  assert.deepEqual(shifts.flatMap(({ punches }) => Object.keys(punches)).sort(), journal.map(punchId).sort());
}
