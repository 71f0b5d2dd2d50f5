/** Two tills of one restaurant that lose their link and come together again, in whichever order, over the real server. */
import assert from 'node:assert/strict';
import type { AddLine, Engine, FindingView, OrderView } from '@auraconnect/offline-sync';
import { Cable, cut, whole } from '../engine/cable.ts';
import { only } from '../engine/shared_server.ts';
import { type App, appOfTheTree, drained, openReadyTill } from '../engine/till.ts';
import { ledgerOf, type Ledger, type ServerOrder } from '../server/ledger.ts';
import type { LocalServer } from '../server/local_server.ts';
import { openRestaurant, type Restaurant } from '../server/restaurant.ts';

/** Whose work reaches the server first. */
export type Arrival = 'A first' | 'B first' | 'both at once';
export const arrivals: readonly Arrival[] = ['A first', 'B first', 'both at once'];

/** What everybody holds of one order after the reunion. */
export interface Agreed {
  /** The same on both tills and on one that was enrolled afterwards and knows only what the server told it. */
  readonly order: OrderView;
  /** The order's row. */
  readonly row: ServerOrder;
  readonly ledger: Ledger;
  /** What either till was told, sorted by code. */
  readonly findings: readonly FindingView[];
}

/** What waits for a decision. */
export interface OpenConflict {
  readonly id: string;
  readonly version: number;
  readonly code: string;
  /** The path of the field, or `change` where a whole change is held. */
  readonly field: string;
}

/** How far the clock of both tills is ahead of this machine's. */
interface Clock {
  aheadMs: number;
}

/** The builds of the package that two tills run; the tree's where none is said. */
export interface Apps {
  readonly a?: App;
  readonly b?: App;
}

/** Two tills. */
export class PartedTills {
  readonly #server: LocalServer;
  readonly restaurant: Restaurant;
  readonly a: Engine;
  readonly b: Engine;
  readonly #cables: readonly [Cable, Cable];
  readonly #clock: Clock;
  /** Whether both tills run the tree's build. */
  readonly #alike: boolean;

  private constructor(
    server: LocalServer,
    restaurant: Restaurant,
    tills: readonly [Engine, Engine],
    cables: readonly [Cable, Cable],
    clock: Clock,
    alike: boolean,
  ) {
    this.#server = server;
    this.restaurant = restaurant;
    [this.a, this.b] = tills;
    this.#cables = cables;
    this.#clock = clock;
    this.#alike = alike;
  }

  /** Two tills that have nothing yet and a link each. */
  static async open(server: LocalServer, apps: Apps = {}): Promise<PartedTills> {
    const restaurant = await openRestaurant(server, ['Till A', 'Till B']);
    const cables = [new Cable(), new Cable()] as const;
    const clock: Clock = { aheadMs: 0 };
    const now = (): number => Date.now() + clock.aheadMs;
    const [tillA, tillB] = [only(restaurant.devices), only(restaurant.devices, 1)];
    const tills = [
      await openReadyTill(server.url, tillA, { fetch: cables[0].fetch, now, staffId: 'stf_mara' }, apps.a),
      await openReadyTill(server.url, tillB, { fetch: cables[1].fetch, now, staffId: 'stf_ines' }, apps.b),
    ] as const;
    const alike = [apps.a, apps.b].every((app) => app === undefined || app === appOfTheTree);
    return new PartedTills(server, restaurant, tills, cables, clock, alike);
  }

  /** Has till A open an order with these lines, shows it to till B, lets more be done with it, and cuts both off. */
  async partOver(lines: readonly AddLine[], more?: (order: OrderView) => Promise<unknown>): Promise<OrderView> {
    const order = await this.a.orders.open({ tableId: 'tbl_12', guests: 2, lines });
    await drained(this.a);
    await drained(this.b);
    await more?.(order);
    for (const till of [this.a, this.b, this.a]) await drained(till);
    this.part();
    const seen = this.b.orders.get(order.orderId) ?? assert.fail('till B has the order');
    assert.deepEqual(seen, this.a.orders.get(order.orderId));
    return seen;
  }

  /** Lets a second pass: what is done from now on is later than what was done before, whoever did it. */
  aMomentLater(): void {
    this.#clock.aheadMs += 1_000;
  }

  /** Cuts both links. */
  part(): void {
    for (const cable of this.#cables) cable.fate = cut;
  }

  /** Mends the links in this order and waits until both have exchanged everything. */
  async reunite(arrival: Arrival): Promise<void> {
    const comeBack = async (place: 0 | 1): Promise<void> => {
      only(this.#cables, place).fate = whole;
      await drained(place === 0 ? this.a : this.b);
    };
    if (arrival === 'both at once') await Promise.all([comeBack(0), comeBack(1)]);
    else for (const place of arrival === 'A first' ? ([0, 1] as const) : ([1, 0] as const)) await comeBack(place);
    // What came to the server after a till had read.
    await Promise.all([drained(this.a), drained(this.b)]);
  }

  /**
   * Holds everybody against one another: both tills, the server's rows, and a till that was enrolled just now. Money adds up, every
   * mutation took effect once and in order, nothing waits.
   */
  async agreed(orderId: string): Promise<Agreed> {
    const newcomer = await openReadyTill(this.#server.url, await this.restaurant.enrol('Till C'));
    const order = newcomer.orders.get(orderId) ?? assert.fail('the server tells of the order');
    for (const [name, till] of Object.entries({ A: this.a, B: this.b })) {
      const seen = till.orders.get(orderId) ?? assert.fail(`till ${name} has the order`);
      if (this.#alike) assert.deepEqual(seen, order, `till ${name}'s view is the server's`);
      else assertCovers(order, seen);
    }
    const hashes = [this.a, this.b, newcomer].map((till) => till.confirmedHash());
    if (this.#alike) assert.equal(new Set(hashes).size, 1, 'all three confirm the same');
    const { totals } = order;
    assert.equal(totals.netMinor + totals.serviceMinor + totals.taxMinor, totals.totalMinor);
    assert.equal(totals.totalMinor - totals.paidMinor + totals.refundedMinor, totals.balanceMinor);
    assert.equal(order.pendingMutations, 0);

    const ledger = await ledgerOf(this.#server, this.restaurant.tenantId);
    for (const { deviceId } of this.restaurant.devices) {
      for (const stream of ['orders', 'shifts']) {
        const own = ledger.operations.filter((made) => made.deviceId === deviceId && made.stream === stream);
        assert.deepEqual(
          own.map(({ seq }) => seq),
          own.map((_, place) => place + 1),
          `no number of ${stream} is missing or double`,
        );
      }
    }
    const row = ledger.orders.find(({ order_id }) => order_id === orderId) ?? assert.fail('the server has a row');
    const statuses = [this.a.status(), this.b.status()];
    assert.deepEqual(
      statuses.flatMap(({ parked, queueDepth }) => [parked, queueDepth]),
      [[], 0, [], 0],
    );
    const findings = statuses.flatMap((status) => status.findings);
    return { order, row, ledger, findings: findings.toSorted((x, y) => (x.code < y.code ? -1 : 1)) };
  }

  /** What waits for somebody's decision. */
  async conflicts(): Promise<readonly OpenConflict[]> {
    const path = `/sync/conflicts?status=open&location_id=${this.restaurant.locationId}`;
    return ((await this.restaurant.asAdmin('GET', path)) as { conflicts: OpenConflict[] }).conflicts;
  }
}

/** An older app's view of an order says the same as today's, where it says anything. */
export function assertCovers(today: OrderView, older: OrderView): void {
  assert.partialDeepStrictEqual(today, older);
  const counts = ({ lines, payments, refunds, adjustments }: OrderView): number[] =>
    [lines, payments, refunds, adjustments].map(({ length }) => length);
  assert.deepEqual(counts(older), counts(today));
}

/** The codes of findings. */
export const codesOf = (found: readonly { readonly code: string }[]): string[] => found.map(({ code }) => code);

/** What is on the fixture's bill: two burgers, fries and an ale, 4565 in all before its discount of a tenth. */
export const fixtureLines: readonly AddLine[] = [
  { itemId: 'it_burger', qty: 2, optionIds: ['mo_med', 'mo_cheddar', 'mo_noonion'] },
  { itemId: 'it_fries', optionIds: ['mo_aioli'] },
  { itemId: 'it_pale', optionIds: ['mo_330'] },
];

/** What the fixture's bill comes to. */
export const fixtureTotalMinor = 4466;

/** Parts two tills over the fixture's bill. */
export async function partedOverTheFixture(tills: PartedTills): Promise<OrderView> {
  const order = await tills.partOver(fixtureLines, ({ orderId }) =>
    tills.a.orders.addAdjustment(orderId, { kind: 'discount', name: 'Neighbour 10%', ratePpm: 100_000 }),
  );
  assert.equal(order.totals.totalMinor, fixtureTotalMinor);
  return order;
}
