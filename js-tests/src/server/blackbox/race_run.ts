/** The whole race: `node race_run.ts [--writers 8] [--mutations 500] [--rounds 1] [--seed n]`. */
import { parseArgs } from 'node:util';
import { anySeed, chanceOf } from '../../kills/chance.ts';
import { startLocalServer } from '../local_server.ts';
import { race, raceText } from './race.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      writers: { type: 'string', default: '8' },
      mutations: { type: 'string', default: '500' },
      rounds: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(anySeed()) },
    },
  });
  const server = await startLocalServer();
  try {
    console.log(`seed ${values.seed}`);
    const chance = chanceOf(Number(values.seed));
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      const size = { writers: Number(values.writers), mutations: Number(values.mutations) };
      console.log(raceText(await race(server, size, chance)));
    }
    console.log('Every mutation took effect once, and the reader saw every change, in order, none of them twice.');
  } finally {
    await server.stop();
  }
}

if (import.meta.main) await main();
