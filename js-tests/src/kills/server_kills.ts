/**
 * Kills the server again and again while two tills exchange orders and punches with it, and looks each time at what is in its
 * database then. Here a save is acknowledged when its verdict has reached the till: from then on the till forgets it.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@auraconnect/offline-sync';
import { Cable, cut, type Fate } from '../engine/cable.ts';
import { closeTills, drained, openReadyTill } from '../engine/till.ts';
import { disagreements } from '../server/agreement.ts';
import { type KillableServer, startKillableServer } from '../server/killable_server.ts';
import { type Ledger, ledgerOf, type Operation } from '../server/ledger.ts';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { type Chance, chanceOf } from './chance.ts';
import { commandsOf, type Sale, saleOf, saves } from './sale.ts';
import { checkLedger } from './sale_checks.ts';
import { emptyTally, type Tally } from './tally.ts';
import { checkPunches, TimeClock } from './time_clock.ts';

/** How a run is told what to do, and where it counts. */
export interface ServerKills {
  readonly kills: number;
  readonly seed: number;
  /** Hears of every kill. */
  readonly tell?: (tally: Tally) => void;
}

const operatorToken = 'operator-of-this-run';
const salesEach = 8;
/** Each is sent at once, with those that still wait. */
const punchesEach = 16;
/** Between two commands: with no pause at all everything would go up in one request. */
const tapMs = 4;

/** The moment of a kill, counted in the requests of one burst. */
interface Moment {
  /** The request it strikes, from 1. */
  readonly request: number;
  /** So many milliseconds after it was sent, or just as its reply comes, which is lost or still read. */
  readonly at: 'reply_lost' | 'reply_read' | number;
}

/** A till and what its cable has seen. */
interface Seller {
  readonly till: Engine;
  readonly cable: Cable;
  /** Mutations it has sent at least once. */
  readonly offered: Set<string>;
  /** The verdicts it has, by mutation, without whether they were repeats. */
  readonly settled: Map<string, string>;
  /** The same device's other stream. */
  readonly clock: TimeClock;
}

/** Kills the server that often; fails at the first mutation that is lost, doubled or made up. */
export async function killServers({ kills, seed, tell }: ServerKills): Promise<Tally> {
  const chance = chanceOf(seed);
  const tally = emptyTally();
  const stateDir = await mkdtemp(join(tmpdir(), 'kills-'));
  let server = await startKillableServer(stateDir, operatorToken);
  const sold: Sale[] = [];
  const nextSale = (): Sale => {
    const sale = saleOf(0, sold.length);
    sold.push(sale);
    return sale;
  };
  try {
    const { tenantId, devices } = await openRestaurant(server, ['Till A', 'Till B']);
    const sellers: Seller[] = [];
    for (const device of devices) {
      const cable = new Cable();
      const till = await openReadyTill(server.url, device, { fetch: cable.fetch });
      sellers.push({ till, cable, offered: new Set(), settled: new Map(), clock: new TimeClock(server.url, device) });
    }
    const found = new Set<string>();
    while (tally.kills < kills) {
      // Else what the last kill left unsent goes up first, as one large request.
      if (chance.oneOf([true, false])) await settleAll(sellers);
      tally.killsInFlight += (await killDuring(server, sellers, nextSale, drawMoment(chance))) ? 1 : 0;
      count(tally, sellers, await ledgerIn(stateDir, tenantId), found);
      tell?.(tally);
      server = await startKillableServer(stateDir, operatorToken, server.port);
    }
    await settleAll(sellers);
    await closeTills();
    await server.kill();
    const ledger = await ledgerIn(stateDir, tenantId);
    checkLedger(ledger, new Map(sold.map((sale) => [sale, saves.length])));
    checkPunches(
      ledger,
      sellers.map(({ clock }) => clock),
    );
    return tally;
  } finally {
    await closeTills();
    await server.kill();
    await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function drawMoment(chance: Chance): Moment {
  const request = chance.between(2, 8);
  const at = chance.oneOf<Moment['at']>(['reply_lost', 'reply_read', chance.between(0, 30), chance.between(0, 30)]);
  return { request, at };
}

/** Lets both tills send everything and read what becomes of it. */
async function settleAll(sellers: readonly Seller[]): Promise<void> {
  for (const seller of sellers) {
    seller.cable.fate = reading(seller);
    await drained(seller.till);
    await seller.clock.drain();
  }
}

/** Has the tills sell and kills the server meanwhile; tells in the end whether a request was unanswered at that moment. */
async function killDuring(
  server: KillableServer,
  sellers: readonly Seller[],
  nextSale: () => Sale,
  { request, at }: Moment,
): Promise<boolean> {
  let dead: Promise<void> | undefined;
  let [requests, replies] = [0, 0];
  // Of the punches, which no moment is counted in.
  let unanswered = 0;
  let inFlight = false;
  const kill = (): void => {
    if (dead !== undefined) return;
    inFlight = requests > replies || unanswered > 0;
    dead = server.kill();
  };
  const selling = sellers.map(async (seller) => {
    const read = reading(seller);
    seller.cable.fate = async (deliver, url, init) => {
      requests += 1;
      const struck = requests === request;
      if (struck && typeof at === 'number') setTimeout(kill, at);
      const lose = async (): ReturnType<typeof deliver> => {
        await (await deliver()).text();
        kill();
        throw new TypeError('the server is gone');
      };
      const answer = await read(struck && at === 'reply_lost' ? lose : deliver, url, init);
      replies += 1;
      if (struck) kill();
      return answer;
    };
    seller.till.setConnection('online');
    for (let sales = 0; sales < salesEach; sales += 1) {
      for (const command of commandsOf(seller.till.orders, nextSale())) {
        await command();
        await new Promise((resolve) => setTimeout(resolve, tapMs));
      }
    }
  });
  const punching = sellers.map(async ({ clock }) => {
    for (let punches = 0; punches < punchesEach && dead === undefined; punches += 1) {
      clock.punch();
      unanswered += 1;
      try {
        await clock.send();
      } catch (error) {
        // Only a server that is gone may leave punches without an answer.
        if (dead === undefined || error instanceof assert.AssertionError) throw error;
      }
      unanswered -= 1;
    }
  });
  await Promise.all([...selling, ...punching]);
  // Where the burst had fewer requests than the moment waits for.
  kill();
  await dead;
  for (const { till, cable } of sellers) {
    await until('the till has given up waiting', () => !till.status().exchanging);
    cable.fate = cut;
  }
  return inFlight;
}

/** A whole cable that notes what is offered and what the verdicts settle. */
function reading({ offered, settled }: Seller): Fate {
  return async (deliver, _url, { body = '' }) => {
    for (const { id } of (JSON.parse(body) as { mutations: readonly { id: string }[] }).mutations) offered.add(id);
    const answer = await deliver();
    const text = await answer.text();
    const { verdicts } = JSON.parse(text) as { verdicts?: readonly { id: string; replayed: boolean }[] };
    for (const { replayed: _, ...verdict } of verdicts ?? []) {
      const said = JSON.stringify(verdict);
      assert.equal(settled.get(verdict.id) ?? said, said, 'a verdict that was given stands');
      settled.set(verdict.id, said);
    }
    return { status: answer.status, headers: answer.headers, text: () => Promise.resolve(text) };
  };
}

/** What another server finds in the database of a killed one, whose tables agree with one another. */
async function ledgerIn(stateDir: string, tenantId: string): Promise<Ledger> {
  const reader = await startLocalServer({ stateDir });
  try {
    assert.deepEqual(await disagreements(reader), []);
    return await ledgerOf(reader, tenantId);
  } finally {
    await reader.stop();
  }
}

/** Compares what the database holds with what the tills know; `foundBefore` is what it held at the last kill. */
function count(tally: Tally, sellers: readonly Seller[], { operations }: Ledger, foundBefore: Set<string>): void {
  const settled = new Map(sellers.flatMap(({ settled, clock }) => [...settled, ...clock.settled]));
  const offered = new Set(sellers.flatMap(({ offered, clock }) => [...offered, ...clock.offered]));
  const found = new Set(operations.map(({ mutationId }) => mutationId));
  const fresh = [...found].filter((id) => !foundBefore.has(id));
  const lost = [...settled.keys(), ...foundBefore].filter((id) => !found.has(id));
  tally.kills += 1;
  tally.recovered += fresh.length;
  tally.recoveredUnacknowledged += fresh.filter((id) => !settled.has(id)).length;
  // The verdict of what a kill left unacknowledged comes with the next burst.
  tally.acknowledged = settled.size;
  tally.lost += lost.length;
  assert.deepEqual(lost, [], `lost in kill ${tally.kills}`);
  for (const { mutationId, verdict } of operations) {
    const said = settled.get(mutationId);
    assert.ok(said === undefined || said === verdict, `another verdict in kill ${tally.kills}: ${said}, ${verdict}`);
  }
  assert.equal(found.size, operations.length, `doubled in kill ${tally.kills}`);
  assert.ok(
    fresh.every((id) => offered.has(id)),
    `made up in kill ${tally.kills}`,
  );
  const streamOf = ({ deviceId, stream }: Operation) => `${stream} of ${deviceId}`;
  for (const one of new Set(operations.map(streamOf))) {
    const numbers = operations.filter((operation) => streamOf(operation) === one).map(({ seq }) => seq);
    assert.ok(
      numbers.every((seq, place) => seq === place + 1),
      `a hole or a double in the ${one}`,
    );
  }
  for (const id of fresh) foundBefore.add(id);
}
