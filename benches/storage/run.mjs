// `npm run bench -- storage`: our engine beside plain IndexedDB code in real Chromium. docs/performance.md says how it is kept
// fair and what the steps are.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { at } from '../../scripts/lib/project.mjs';
import { plainError } from '../../scripts/lib/run.mjs';
import { startChromium } from './chromium.mjs';
import { sumUp } from './cpu_profile.mjs';
import { median, printFloor, printRows, printTable, shownId } from './figures.mjs';
import { startPageServer } from './page_server.mjs';

const usual = { awaited: 300, burst: 1_000, batched: 10_000, closed: 9_000, pending: 1_000, remote: 5_000 };
const quick = { awaited: 50, burst: 200, batched: 1_000, closed: 900, pending: 100, remote: 500 };
const kept = { usual: 20_000, quick: 2_000, growth: 100_000 };
const ids = ['engine', 'strict', 'relaxed'];
/** Databases are written on after the last answer: what follows should not pay for what was before. */
const settle = { partMs: 500, partsMax: 4, idleShare: 0.7 };

/** Runs the bench with what stands behind `storage` on the command line. */
export async function runStorageBench(args) {
  const wanted = optionsOf(args);
  const sizes = { ...(wanted.quick ? quick : usual) };
  const folder = mkdtempSync(join(tmpdir(), 'storage-bench-'));
  const server = await startPageServer();
  const bench = {
    folder,
    url: server.url,
    sizes,
    profiles: wanted.profile ? [] : null,
    floor: wanted.floor,
    starts: { all: 0, busy: 0 },
  };
  try {
    await printMachine(bench);
    await makeSeeds(bench);
    const rounds = [];
    for (let round = 1; round <= wanted.rounds; round += 1) {
      const start = Date.now();
      rounds.push(await runRound(bench));
      console.log(`round ${round} of ${wanted.rounds}: ${((Date.now() - start) / 1000).toFixed(0)} s`);
    }
    console.log();
    printTable(rounds, sizes);
    printBusy(bench.starts);
    if (wanted.floor) printFloor(rounds);
    if (bench.profiles !== null) printProfiles(bench.profiles);
    await printGrowth(bench, wanted.growth ? kept.growth : wanted.quick ? kept.quick : kept.usual, wanted.growth);
  } finally {
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function optionsOf(args) {
  const wanted = { rounds: null, quick: false, growth: false, floor: false, profile: false };
  for (let place = 0; place < args.length; place += 1) {
    const name = args[place].replace(/^--/, '');
    if (name === 'rounds') {
      wanted.rounds = Number(args[(place += 1)]);
      if (!(Number.isInteger(wanted.rounds) && wanted.rounds > 0)) throw plainError('--rounds takes a number from 1');
    } else if (name in wanted && args[place].startsWith('--')) {
      wanted[name] = true;
    } else {
      const known = Object.keys(wanted).map((option) => `--${option}`);
      throw plainError(`there is no option '${args[place]}'; they are ${known.join(', ')}`);
    }
  }
  return { ...wanted, rounds: wanted.rounds ?? (wanted.quick ? 1 : 5) };
}

async function printMachine(bench) {
  const { version } = JSON.parse(readFileSync(at('pkg', 'package.json'), 'utf8'));
  const browser = await startChromium(join(bench.folder, 'version'), bench.url);
  await browser.quit();
  const { model } = cpus()[0] ?? { model: 'unknown' };
  console.log(
    `Chromium ${browser.version}, package ${version}, Node ${process.version}, ${cpus().length} × ${model}\n`,
  );
}

/** Makes the stored state that every round starts from, by each contender with its own means. */
async function makeSeeds(bench) {
  for (const id of ids) {
    const browser = await startChromium(seedOf(bench, id), bench.url);
    await browser.newPage();
    const { ms, note } = await browser.call('step', 'seed', id, bench.sizes);
    console.log(`stored state of ${shownId[id]}: made in ${(ms / 1000).toFixed(1)} s, ${note}`);
    await settled(bench);
    await browser.quit();
  }
}

const seedOf = (bench, id) => join(bench.folder, `seed-${id}`);

/** Every step with every contender, one after the other and in a new order at each step. */
async function runRound(bench) {
  const took = Object.fromEntries(ids.map((id) => [id, {}]));
  const browsers = {};
  const step = async (name, id) => {
    const args = ['step', name, id, bench.sizes];
    if (bench.profiles === null) {
      took[id][name] = (await browsers[id].call(...args)) ?? undefined;
    } else {
      const { result, profiles } = await browsers[id].profiled(...args);
      took[id][name] = result ?? undefined;
      bench.profiles.push({ id, name, ...sumUp(profiles) });
    }
  };
  for (const id of ids) browsers[id] = await startChromium(mkdtempSync(join(bench.folder, 'fresh-')), bench.url);
  for (const name of ['saves', 'updates', 'burst', 'batches']) {
    for (const id of shuffled(ids)) {
      await browsers[id].newPage();
      await step(name, id);
      await settled(bench);
    }
  }
  for (const id of ids) await browsers[id].quit();
  if (bench.floor) took.floor = await floorOf(bench);

  for (const id of shuffled(ids)) {
    const profileDir = mkdtempSync(join(bench.folder, 'cold-'));
    // Without the caches of the browser that made the seed: a new process finds the store and nothing else.
    cpSync(seedOf(bench, id), profileDir, { recursive: true, filter: (path) => !/Cache|Singleton/.test(path) });
    took[id].diskBytes = { ms: bytesOf(join(profileDir, 'Default', 'IndexedDB')) };
    browsers[id] = await startChromium(profileDir, bench.url);
    await browsers[id].newPage();
    await step('coldStart', id);
    took[id].estimateBytes = { ms: await browsers[id].call('databaseBytes') };
  }
  for (const name of ['report', 'drain', 'remote']) {
    for (const id of shuffled(ids)) {
      await settled(bench);
      await step(name, id);
    }
  }
  for (const id of ids) await browsers[id].quit();
  for (const name of readdirSync(bench.folder)) {
    if (/^(fresh|cold)-/.test(name)) rmSync(join(bench.folder, name), { recursive: true, force: true });
  }
  return took;
}

/** What a save costs in a store that keeps many closed orders, beside an empty one; both in turn. */
async function printGrowth(bench, orders, whole) {
  const [parts, count] = [6, 25];
  const rows = [];
  for (const id of ['engine', 'strict']) {
    const stores = [];
    for (const keeps of [0, orders]) {
      const browser = await startChromium(mkdtempSync(join(bench.folder, 'growth-')), bench.url);
      await browser.newPage();
      await browser.call('growthSeed', id, keeps);
      stores.push({ browser, keeps, each: [] });
    }
    await settled(bench);
    for (let part = 0; part < parts; part += 1) {
      for (const store of shuffled(stores)) {
        store.each.push(...(await store.browser.call('growthSaves', store.keeps, part, count)).each);
      }
    }
    for (const { browser, keeps } of stores) {
      await browser.call('growthEnd', keeps, parts * count);
      await browser.quit();
    }
    const [empty, full] = stores.map((store) => median(store.each));
    const met = id === 'engine' ? (full / empty <= 1.2 ? 'met' : 'missed') : '';
    const times = [`${empty.toFixed(2)} ms`, `${full.toFixed(2)} ms`];
    rows.push([shownId[id], (full / empty).toFixed(2), id === 'engine' ? '1.2' : '', met, ...times]);
  }
  const title = `one save beside ${orders.toLocaleString('en')} kept orders`;
  console.log();
  printRows([[title, 'ratio', 'target', '', 'empty store', 'full store'], ...rows]);
  if (!whole) console.log('(the target is for 100,000 kept orders: --growth)');
}

/** What the platform takes for one durable write of a save's size. */
async function floorOf(bench) {
  const browser = await startChromium(mkdtempSync(join(bench.folder, 'fresh-')), bench.url);
  const floors = {};
  for (const kind of shuffled(['put', 'add', 'file'])) {
    await browser.newPage();
    const count = bench.sizes.awaited;
    floors[kind] = await (kind === 'file' ? browser.call('fileFloor', count) : browser.call('idbFloor', kind, count));
  }
  await browser.quit();
  return floors;
}

function printProfiles(profiles) {
  console.log('\nwhere the main thread was, in milliseconds (with the profiler on, which slows what runs)');
  const rows = profiles.map(({ id, name, kinds }) => [
    `${name}: ${shownId[id]}`,
    ...Object.values(kinds).map((ms) => ms.toFixed(0)),
  ]);
  printRows([['', 'WASM', 'JS', 'GC', 'browser', 'waiting'], ...rows]);
  for (const { id, name, heaviest } of profiles.filter((profile) => profile.id === 'engine')) {
    const told = heaviest.map(([called, ms]) => `${called} ${ms.toFixed(0)}`);
    console.log(`${name}: ${shownId[id]}: ${told.join(', ')}`);
  }
}

/** Waits until the machine is mostly idle, or has been waited for long enough. */
async function settled({ starts }) {
  starts.all += 1;
  const times = () => cpus().map(({ times }) => times);
  for (let part = 0; part < settle.partsMax; part += 1) {
    const before = times();
    await new Promise((resolve) => setTimeout(resolve, settle.partMs));
    const after = times();
    const sum = (part) => after.reduce((total, time, core) => total + part(time) - part(before[core]), 0);
    const all = sum(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq);
    if (sum(({ idle }) => idle) >= settle.idleShare * all) return;
  }
  starts.busy += 1;
}

function printBusy({ all, busy }) {
  if (busy * 5 < all) return;
  console.log(`\n${busy} of ${all} steps began while other programs kept the machine busy: the spread shows it`);
}

function bytesOf(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

function shuffled(values) {
  const left = [...values];
  return values.map(() => left.splice(Math.floor(Math.random() * left.length), 1)[0]);
}
