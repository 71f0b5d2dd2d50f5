/** How long a new worker takes until its first answer, beside one that does nothing, and what it weighs. */
import { Miniflare } from 'miniflare';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { startLocalServer } from '../../js-tests/src/server/local_server.ts';
import { median } from '../storage/figures.mjs';

const build = fileURLToPath(new URL('../../edge-api/build', import.meta.url));
const startsMax = 5;

/** Starts both by turns and prints the medians. */
export async function benchStart(rounds: number): Promise<void> {
  const [ours, nothing]: [number[], number[]] = [[], []];
  for (let round = 0; round < Math.min(rounds, startsMax); round += 1) {
    nothing.push(await firstAnswerOfNothing());
    ours.push(await firstAnswerOfOurs());
  }
  console.log(
    `first answer of a new worker: ours ${median(ours).toFixed(1)} ms (/health, one read of D1), ` +
      `a worker that does nothing ${median(nothing).toFixed(1)} ms`,
  );
  for (const file of (await readdir(build)).filter((name) => /\.(wasm|m?js)$/.test(name)).sort()) {
    const bytes = await readFile(`${build}/${file}`);
    const packed = gzipSync(bytes, { level: 9 }).length;
    console.log(`${file}: ${(bytes.length / 1000).toFixed(0)} kB, gzip ${(packed / 1000).toFixed(0)} kB`);
  }
}

async function timeOfFirst(url: string): Promise<number> {
  const since = performance.now();
  const answer = await fetch(url);
  await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return performance.now() - since;
}

async function firstAnswerOfOurs(): Promise<number> {
  const server = await startLocalServer();
  try {
    return await timeOfFirst(`${server.url}/health`);
  } finally {
    await server.stop();
  }
}

async function firstAnswerOfNothing(): Promise<number> {
  const contents = "export default { fetch() { return new Response('{}'); } };";
  const miniflare = new Miniflare({
    cf: false,
    host: '127.0.0.1',
    port: 0,
    telemetry: { enabled: false },
    workers: [
      {
        config: {
          name: 'nothing',
          compatibilityDate: '2026-10-20',
          manifest: { mainModule: 'nothing.mjs', modules: { 'nothing.mjs': { type: 'esm', contents } } },
        },
      },
    ],
  });
  try {
    return await timeOfFirst((await miniflare.ready).origin);
  } finally {
    await miniflare.dispose();
  }
}
