/** The slice of `npm run differential` on D1: `node replay_run.ts [--mutations 2000] [--seed n]`. */
import { parseArgs } from 'node:util';
import { compareWithSqlite, replayedText } from './replay.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { mutations: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
  });
  const replayed = await compareWithSqlite(Number(values.mutations), Number(values.seed));
  console.log(replayedText(replayed));
  if (replayed.differences.length > 0) process.exitCode = 1;
}

if (import.meta.main) await main();
