/**
 * Kills Chromium again and again while a till in it saves, and looks each time at what the next Chromium finds in the same
 * profile. An evening is one till with a store of its own; at its end everything goes to the server and is counted there.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type KillableChromium, startKillableChromium } from '../browser/killable_chromium.ts';
import { openEngineIn } from '../browser/open_engine_in.ts';
import { startTinyApp, type TinyApp } from '../browser/tiny_app.ts';
import { ledgerOf } from '../server/ledger.ts';
import { type LocalServer, startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Sale, saleOf, saves } from './sale.ts';
import { checkLedger, savesIn } from './sale_checks.ts';
import { emptyTally, type Tally } from './tally.ts';

declare global {
  interface Window {
    /** Tells the test that a sale has one save more; resolves when the test has heard it. */
    acknowledge: (sale: number) => Promise<void>;
  }
}

/** How a run is told what to do, and where it counts. */
export interface BrowserKills {
  readonly kills: number;
  readonly seed: number;
  /** Hears of every kill. */
  readonly tell?: (tally: Tally) => void;
}

/** A store's age is bounded so that opening it stays a matter of a moment. */
const killsOfAnEvening = 20;
const busyMs = 3_000;

/** One burst of saves and the moment of its kill. */
interface Burst {
  readonly sales: readonly Sale[];
  /** All commands at once and none awaited; or each after the test has heard that the one before is saved. */
  readonly atOnce: boolean;
  /** Kill on hearing of this many saves; the page is busy from that very turn on, so that nothing else can flush. */
  readonly afterSaves?: number;
  /** Kill this long after the burst began, in milliseconds. */
  readonly afterMs?: number;
  /** Whether exchanges run at the same time. */
  readonly online: boolean;
}

/** Kills Chromium that often; fails at the first save that is lost, doubled or made up. */
export async function killBrowsers({ kills, seed, tell }: BrowserKills): Promise<Tally> {
  const chance = chanceOf(seed);
  const tally = emptyTally();
  const server = await startLocalServer();
  try {
    for (let evening = 0; tally.kills < kills; evening += 1) {
      const number = Math.min(killsOfAnEvening, kills - tally.kills);
      await killDuringEvening({ server, chance, tally, evening, number, tell: tell ?? (() => undefined) });
    }
    return tally;
  } finally {
    await server.stop();
  }
}

interface Evening {
  readonly server: LocalServer;
  readonly chance: Chance;
  readonly tally: Tally;
  readonly evening: number;
  /** How many kills it has. */
  readonly number: number;
  readonly tell: (tally: Tally) => void;
}

async function killDuringEvening({ server, chance, tally, evening, number, tell }: Evening): Promise<void> {
  const { tenantId, devices } = await openRestaurant(server, ['Till A']);
  const app = await startTinyApp(server.url);
  const profileDir = await mkdtemp(join(tmpdir(), 'kills-'));
  let browser = await startKillableChromium(profileDir);
  /** Every sale of the evening and how many of its saves are in the store. */
  const stored = new Map<Sale, number>();
  try {
    assert.equal(await openEngineIn(browser.page, app.url, devices[0]), 'opened');
    await browser.page.waitForFunction(() => window.engine?.menu() !== undefined);
    for (let kill = 0; kill < number; kill += 1) {
      const burst = drawBurst(chance, evening, stored.size);
      const acknowledged = await killIn(browser, app, burst);
      browser = await startKillableChromium(profileDir);
      app.online = false;
      // The store knows whose it is: nothing but the disk is asked.
      assert.equal(await openEngineIn(browser.page, app.url), 'opened');
      for (const sale of burst.sales) stored.set(sale, 0);
      const recovered = await recoveredIn(browser.page, stored);
      count(tally, burst, acknowledged, stored, recovered);
      tell(tally);
    }
    app.online = true;
    await browser.page.evaluate(() => window.engine?.setConnection('online'));
    await browser.page.evaluate(() => window.engine?.syncNow());
    await browser.page.waitForFunction(() => window.engine?.status().queueDepth === 0);
    checkLedger(await ledgerOf(server, tenantId), stored);
  } finally {
    await browser.kill();
    app.stop();
    await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function drawBurst(chance: Chance, evening: number, salesBefore: number): Burst {
  const atOnce = chance.oneOf([true, false]);
  const salesNumber = atOnce ? 10 : 6;
  const sales = Array.from({ length: salesNumber }, (_, place) => saleOf(evening, salesBefore + place));
  const online = chance.between(1, 3) === 1;
  const commands = salesNumber * saves.length;
  return chance.oneOf([true, false])
    ? { sales, atOnce, online, afterSaves: chance.between(1, commands) }
    : { sales, atOnce, online, afterMs: chance.between(0, atOnce ? 40 : 150) };
}

/** Lets the page sell and kills its browser; returns how many saves of each sale were acknowledged. */
async function killIn(browser: KillableChromium, app: TinyApp, burst: Burst): Promise<number[]> {
  const acknowledged = burst.sales.map(() => 0);
  let heard = 0;
  let dead: Promise<void> | undefined;
  const kill = (): void => void (dead ??= browser.kill());
  await browser.page.exposeFunction('acknowledge', (sale: number) => {
    acknowledged[sale] = (acknowledged[sale] ?? 0) + 1;
    heard += 1;
    if (heard === burst.afterSaves) kill();
  });
  app.online = burst.online;
  const selling = browser.page.evaluate(sellIn, {
    sales: burst.sales,
    atOnce: burst.atOnce,
    busyAfter: burst.afterSaves ?? null,
    busyMs,
  });
  if (burst.afterMs !== undefined) setTimeout(kill, burst.afterMs);
  // What a killed page says last is that it is gone; a refused command would be told while it lives.
  await selling.catch((thrown: unknown) => {
    if (dead === undefined) throw thrown;
  });
  kill();
  await dead;
  return acknowledged;
}

interface Selling {
  readonly sales: readonly Sale[];
  readonly atOnce: boolean;
  readonly busyAfter: number | null;
  readonly busyMs: number;
}

/** Runs in the page. */
async function sellIn({ sales, atOnce, busyAfter, busyMs }: Selling): Promise<void> {
  const orders = window.engine?.orders;
  if (orders === undefined) throw new Error('no engine is open');
  let saved = 0;
  /** In the very turn in which the command's promise resolved. */
  const acknowledge = (sale: number): Promise<void> => {
    const heard = window.acknowledge(sale);
    saved += 1;
    const since = performance.now();
    while (saved === busyAfter && performance.now() - since < busyMs);
    return heard;
  };
  const given: Promise<void>[] = [];
  for (const [place, sale] of sales.entries()) {
    for (const command of window.sale.commandsOf(orders, sale)) {
      const save = command().then(() => acknowledge(place));
      given.push(save);
      if (!atOnce) await save;
    }
  }
  await Promise.all(given);
}

/** How many saves of each sale the opened store holds; nothing else may be in it. */
async function recoveredIn(page: Page, stored: ReadonlyMap<Sale, number>): Promise<Map<Sale, number>> {
  const orders = await page.evaluate(() => window.engine?.orders.list() ?? []);
  const byId = new Map(orders.map((order) => [order.orderId, order]));
  const recovered = new Map([...stored.keys()].map((sale) => [sale, savesIn(byId.get(sale.orderId), sale)]));
  const begun = [...recovered.values()].filter((count) => count > 0).length;
  assert.equal(orders.length, begun, 'orders that nobody opened, or one twice');
  return recovered;
}

function count(
  tally: Tally,
  { sales, atOnce, afterSaves }: Burst,
  acknowledged: readonly number[],
  stored: Map<Sale, number>,
  recovered: ReadonlyMap<Sale, number>,
): void {
  const sum = (counts: readonly number[]): number => counts.reduce((before, count) => before + count, 0);
  const found = sales.map((sale) => recovered.get(sale) ?? 0);
  const unacknowledged = sum(found.map((count, place) => Math.max(0, count - (acknowledged[place] ?? 0))));
  const lost = sum(found.map((count, place) => Math.max(0, (acknowledged[place] ?? 0) - count)));
  const notSaved = sales.length * saves.length - sum(acknowledged);
  // One by one: the next command is given after the test has heard of the last, and never by a page that is busy.
  const inFlight = atOnce ? notSaved : afterSaves === undefined ? Math.min(1, notSaved) : 0;
  tally.kills += 1;
  tally.killsInFlight += inFlight > 0 ? 1 : 0;
  tally.acknowledged += sum(acknowledged);
  tally.recovered += sum(found);
  tally.recoveredUnacknowledged += unacknowledged;
  tally.lost += lost;
  assert.equal(lost, 0, `lost in kill ${tally.kills}: acknowledged ${acknowledged}, found ${found}`);
  assert.ok(unacknowledged <= inFlight, `made up in kill ${tally.kills}: ${unacknowledged} of ${inFlight} in flight`);
  for (const [sale, before] of stored) {
    const now = recovered.get(sale) ?? 0;
    if (!sales.includes(sale)) assert.equal(now, before, `kill ${tally.kills} changed an earlier order`);
    stored.set(sale, now);
  }
}
