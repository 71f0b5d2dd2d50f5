/**
 * A device made of HTTP alone: it numbers, stamps and writes its mutations by hand, so that what the server promises is
 * asked for without the engine's own caution in between.
 */
import { assertConforms } from '../contract/conformance.ts';
import type { DeviceEnrolment } from '../restaurant.ts';

/** One mutation as it is sent. */
export interface RawMutation {
  readonly id: string;
  readonly seq: number;
  readonly record_id: string;
  readonly schema: number;
  readonly stamp: string;
  readonly recorded: object;
  readonly actor: { readonly staff_id: string; readonly grant_id: string | null };
  readonly offline: boolean;
  readonly change: RawChange;
  readonly [field: string]: unknown;
}

/** A change, of whatever type. */
export interface RawChange {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What was decided of one mutation. */
export interface RawVerdict {
  readonly id: string;
  readonly seq: number;
  readonly outcome: string;
  readonly rev?: number;
  readonly code?: string;
  readonly replayed: boolean;
  readonly findings?: readonly { readonly code: string; readonly conflict_id?: string }[];
}

/** A changed record. */
export interface RawEntry {
  readonly collection: string;
  readonly id: string;
  readonly rev: number;
  readonly changed_seq: number;
  readonly own_seq: number;
  readonly record: unknown;
}

/** The reply to an exchange or a pull. */
export interface RawReply {
  readonly acked_seq: number;
  readonly verdicts: readonly RawVerdict[];
  readonly changes: readonly RawEntry[];
  readonly cursor: string;
  readonly has_more: boolean;
}

/** An answer with everything that can be read of it. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What a request may say besides its path. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a request is sent. */
export type Asking = (url: string, request: RawRequest) => Promise<RawAnswer>;

/** Sends one request and reads all of its answer, which must be one that the contract allows. */
export const ask: Asking = async (url, request) => {
  const answer = await askUnchecked(url, request);
  assertConforms(request, answer);
  return answer;
};

/** The same without a look at the contract, for whoever takes the time: looking takes longer than some answers. */
export const askUnchecked: Asking = async (url, { method, path, token, body, headers }) => {
  const answer = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

/** The answer's JSON, where it is one that succeeded. */
export function readReply({ status, text }: RawAnswer): RawReply {
  if (status !== 200) throw new Error(`answered ${status}: ${text}`);
  return JSON.parse(text) as RawReply;
}

/** Milliseconds since 1970 of the first stamp; the present of whoever runs the tests lies later. */
const firstStampMs = 1_793_490_067_120;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** The id of the order with this number within a run; devices share orders by its number. */
export const orderId = (order: number): string => `01a19456-9e38-7000-8000-${hex(order, 12)}`;

/** A device and the stream it counts. */
export class RawDevice {
  readonly #url: string;
  readonly enrolment: DeviceEnrolment;
  readonly incarnation: string;
  readonly #ask: Asking;
  #seq = 0;

  constructor(
    url: string,
    enrolment: DeviceEnrolment,
    incarnation = '01a19456-9e38-7000-8000-00000000aaaa',
    asking: Asking = ask,
  ) {
    this.#url = url;
    this.enrolment = enrolment;
    this.incarnation = incarnation;
    this.#ask = asking;
  }

  /** A device that does not hold its answers against the contract. */
  static unchecked(url: string, enrolment: DeviceEnrolment): RawDevice {
    return new RawDevice(url, enrolment, undefined, askUnchecked);
  }

  /** The last number given to a mutation. */
  get seq(): number {
    return this.#seq;
  }

  /** The next mutation of this device's stream. */
  next(order: number, change: RawChange, more: Readonly<Record<string, unknown>> = {}): RawMutation {
    this.#seq += 1;
    const seq = this.#seq;
    // Some digits of the device's own id, so that no two devices of a run make the same.
    const owner = this.enrolment.deviceId.slice(4, 12).padEnd(8, '0');
    return {
      id: `01a19456-9e38-7000-9${owner.slice(0, 3)}-${owner.slice(3, 8)}${hex(seq, 7)}`,
      seq,
      record_id: orderId(order),
      schema: 2,
      stamp: `${hex(firstStampMs + seq, 12)}-0000-${this.enrolment.deviceId}`,
      recorded: {
        wall: '2026-10-31T23:41:07.120Z',
        mono_ms: 512_300,
        boot_id: 'b7f2',
        offset_min: -240,
        server_offset_ms: null,
      },
      actor: { staff_id: 'stf_mara', grant_id: null },
      offline: true,
      change,
      ...more,
    };
  }

  /** Opens the order with this number. */
  opens(order: number): RawMutation {
    const ticket = `${this.enrolment.devicePrefix}-${String(order).padStart(4, '0')}`;
    return this.next(order, {
      type: 'open',
      ticket_no: ticket,
      business_date: '2026-10-31',
      currency: { code: 'USD', exponent: 2 },
      order_type: 'dine_in',
      table_id: null,
      guests: 2,
    });
  }

  /** Adds a burger to it. The line's id follows from the device and its sequence number. */
  addsLine(order: number, note: string | null = null): RawMutation {
    const owner = this.enrolment.deviceId.slice(4, 9).padEnd(5, '0');
    return this.next(order, {
      type: 'add_line',
      line_id: `01a19456-9e38-7000-a000-${owner}${hex(this.#seq + 1, 7)}`,
      item_id: 'it_burger',
      name: 'Burger',
      category: 'mains',
      qty: 2,
      unit_price_minor: 1450,
      modifiers: [],
      taxes: [],
      menu_version: 41,
      seat: null,
      note,
    });
  }

  /** Takes back a line that nobody has: rejected by a law, and nothing behind it is held up. */
  voidsNothing(order: number): RawMutation {
    const lineId = '01a19456-9e38-7000-a000-0000000fffff';
    return this.next(order, { type: 'void_line', line_id: lineId, reason: 'entered_by_mistake' });
  }

  /** Somebody clocks in, or out again, so many minutes into the day. The punch's id follows from the device and its number. */
  punches(staffId: string, type: 'clock_in' | 'clock_out', minutes: number): RawMutation {
    const owner = this.enrolment.deviceId.slice(4, 9).padEnd(5, '0');
    const at = new Date(Date.UTC(2026, 9, 31, 12, minutes)).toISOString();
    const reading = { wall: at, mono_ms: 512_300, boot_id: 'b7f2', offset_min: -240, server_offset_ms: 0 };
    const event = {
      type,
      punch_id: `01a19456-9e38-7000-b000-${owner}${hex(this.#seq + 1, 7)}`,
      time: { reading, zone: 'America/New_York', corrected: at, confidence: 'verified' },
      ...(type === 'clock_in' ? { job: 'server' } : { declared_cash_tips_minor: 0 }),
    };
    return this.next(this.#seq + 1, { type: 'punch', staff_id: staffId, event }, { schema: 1 });
  }

  /** The body of an exchange. */
  body(mutations: readonly RawMutation[], cursor: string | null = null, limit = 500): string {
    return JSON.stringify({
      protocol: 1,
      app_version: '1.4.0',
      incarnation: this.incarnation,
      cursor,
      limit,
      mutations,
    });
  }

  /** One exchange. */
  exchange(mutations: readonly RawMutation[], cursor: string | null = null, limit = 500): Promise<RawAnswer> {
    return this.send(this.body(mutations, cursor, limit));
  }

  /** One exchange with a body that is written already, of the orders or of the other stream. */
  send(body: string, stream: 'orders' | 'shifts' = 'orders'): Promise<RawAnswer> {
    return this.#ask(this.#url, { method: 'POST', path: `/sync/${stream}`, token: this.enrolment.deviceToken, body });
  }

  /** The delta alone. */
  pull(cursor: string | null, limit = 500): Promise<RawAnswer> {
    const path = `/sync/changes?cursor=${cursor ?? ''}&limit=${limit}&incarnation=${this.incarnation}`;
    return this.#ask(this.#url, { method: 'GET', path, token: this.enrolment.deviceToken });
  }

  /** Everything there is, page by page, and the cursor at its end. */
  async everything(limit = 500): Promise<{ entries: RawEntry[]; cursor: string }> {
    const entries: RawEntry[] = [];
    for (let cursor: string | null = null; ;) {
      const reply = readReply(await this.pull(cursor, limit));
      entries.push(...reply.changes);
      cursor = reply.cursor;
      if (!reply.has_more) return { entries, cursor };
    }
  }
}
