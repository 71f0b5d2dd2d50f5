/**
 * The whole run: `node kill_run.ts [--kills 200] [--server-kills 50] [--seed n]`. Prints what it counted, also of a run that
 * fails. The seed draws what is sold and when it is killed; how far the product had come by then is the machine's doing.
 */
import { parseArgs } from 'node:util';
import { killBrowsers } from './browser_kills.ts';
import { anySeed } from './chance.ts';
import { killServers } from './server_kills.ts';
import { emptyTally, type Tally, tallyText } from './tally.ts';

const tellEvery = 20;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    'server-kills': { type: 'string', default: '50' },
    seed: { type: 'string', default: String(anySeed()) },
  },
});

function wholeNumber(name: keyof typeof values): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name} takes a whole number, not ${values[name]}`);
}

async function counted(
  what: string,
  kill: (options: { kills: number; seed: number; tell: (tally: Tally) => void }) => Promise<Tally>,
  kills: number,
  seed: number,
): Promise<void> {
  if (kills === 0) return;
  const since = performance.now();
  let last = emptyTally();
  const tell = (tally: Tally): void => {
    last = tally;
    if (tally.kills % tellEvery === 0 && tally.kills < kills) console.log(`  … ${tallyText(tally)}`);
  };
  try {
    last = await kill({ kills, seed, tell });
  } finally {
    console.log(`${what}: ${tallyText(last)} (${((performance.now() - since) / 1000).toFixed(0)} s)`);
  }
}

const [kills, serverKills, seed] = [wholeNumber('kills'), wholeNumber('server-kills'), wholeNumber('seed')];
console.log(`seed ${seed}`);
await counted('Chromium', killBrowsers, kills, seed);
await counted('workerd', killServers, serverKills, seed);
console.log('Everything acknowledged was found, nothing twice, and the ledgers add up.');
