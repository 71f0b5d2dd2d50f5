/**
 * `npm run bench -- server`: the Worker on a local D1, beside batches written by hand that store the same rows.
 * docs/performance.md says how it is kept fair.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type LocalServer, startLocalServer } from '../../js-tests/src/server/local_server.ts';
import { benchCosts } from './costs.ts';
import { benchExchanges } from './exchanges.ts';
import { benchPulls } from './pulls.ts';
import { benchStart } from './start_up.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const { values: wanted } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    quick: { type: 'boolean', default: false },
    million: { type: 'boolean', default: false },
    only: { type: 'string' },
    limits: { type: 'boolean', default: false },
  },
});

const rounds = wanted.quick ? 2 : Number(wanted.rounds);
if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds takes a number from 1');

async function versions(): Promise<string> {
  const of = async (name: string): Promise<string> => {
    const text = await readFile(at(`../../node_modules/${name}/package.json`), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  };
  const { model } = cpus()[0] ?? { model: 'unknown' };
  return `Node ${process.version}, miniflare ${await of('miniflare')}, workerd ${await of('workerd')}, ${cpus().length} × ${model}`;
}

/** The triggers that keep the journal append-only are ours; who writes by hand has none. */
async function dropTriggers(server: LocalServer): Promise<void> {
  for (const binding of ['RAW_EACH', 'RAW_JSON']) {
    const triggers = await server.sqlIn<{ name: string }>(
      binding,
      "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    );
    for (const { name } of triggers) await server.sqlIn(binding, `DROP TRIGGER ${name}`);
  }
}

console.log(`${await versions()}\n`);
const stateDir = await mkdtemp(join(tmpdir(), 'server-bench-'));
const files = [at('./bench_shim.mjs'), at('./raw.mjs')] as const;
// Cloudflare keeps the counters of its rate limits in the memory of the machine that the Worker runs on; here each is a call to
// another worker, which takes as long as a query.
const unlimited = !wanted.limits;
const server = await startLocalServer({ stateDir, unlimited, within: { files, databases: ['RAW_EACH', 'RAW_JSON'] } });
try {
  await dropTriggers(server);
  const parts: Readonly<Record<string, () => Promise<void>>> = {
    exchanges: () => benchExchanges(server, rounds),
    costs: () => benchCosts(server),
    pulls: () => benchPulls(server, rounds, wanted.million),
    start: () => benchStart(rounds),
  };
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.only !== undefined && wanted.only !== name) continue;
    const since = performance.now();
    await part();
    console.log(`(${((performance.now() - since) / 1000).toFixed(0)} s)\n`);
  }
} finally {
  await server.stop();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
}
