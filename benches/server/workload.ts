/** What is sent: sales of five mutations each, an order with two lines, paid and closed. */
import { RawDevice, type RawMutation } from '../../js-tests/src/server/blackbox/raw_device.ts';

/** Mutations of one sale. */
export const saleSteps = 5;

/** The mutations of one device's sales, one after the other, without an end. */
export class Sales {
  readonly device: RawDevice;
  readonly #firstOrder: number;
  #given = 0;

  /** Orders are numbered from `firstOrder`. */
  constructor(device: RawDevice, firstOrder: number) {
    this.device = device;
    this.#firstOrder = firstOrder;
  }

  /** The next mutations of the stream. */
  next(count: number): RawMutation[] {
    return Array.from({ length: count }, () => this.#step());
  }

  #step(): RawMutation {
    const order = this.#firstOrder + Math.floor(this.#given / saleSteps);
    const step = this.#given % saleSteps;
    this.#given += 1;
    switch (step) {
      case 0:
        return this.device.opens(order);
      case 1:
        return this.device.addsLine(order);
      case 2:
        return this.device.addsLine(order, 'no onions, please');
      case 3:
        return this.device.next(order, {
          type: 'add_payment',
          payment_id: `01a19456-9e38-7000-b000-${this.device.seq.toString(16).padStart(12, '0')}`,
          payment_type: 'cash',
          amount_minor: 5800,
          tendered_minor: 6000,
          tip_minor: 0,
        });
      default:
        return this.device.next(order, { type: 'close', epoch: 0, total_minor: 5800 });
    }
  }
}
