/**
 * Asks the real Worker on D1 what the server on SQLite was asked, request by request, under the same clock and with the same
 * randomness. With those given nothing is left to chance: ids, tokens, cursors and sentences must be the same too, so each
 * answer is compared byte for byte.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { disagreements } from '../agreement.ts';
import { type LocalServer, startLocalServer } from '../local_server.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What `differential/src/sqlite.rs` writes of each thing that happened. */
interface Line {
  readonly now: number;
  readonly entropy: string;
  readonly event: Asked | { readonly upkeep: true } | { readonly sql: string; readonly parameters: readonly unknown[] };
  readonly answer: { readonly status: number; readonly body: string } | null;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly body: string | null;
}

/** What came of the evenings. */
export interface Replayed {
  evenings: number;
  requests: number;
  mutations: number;
  /** How often each status was answered, by the Worker as by SQLite. */
  readonly statuses: Map<number, number>;
  /** Where the Worker answered something else, a sentence each. */
  readonly differences: string[];
}

/** Characters shown of each of two answers that differ, from shortly before the place. */
const shown = 700;

/** Has SQLite answer evenings of so many mutations together, and asks the Worker the same. */
export async function compareWithSqlite(mutations: number, seed: number): Promise<Replayed> {
  const directory = await mkdtemp(join(tmpdir(), 'differential-'));
  try {
    const told = ['--mutations', String(mutations), '--seed', String(seed), '--out', directory];
    const cargo = ['run', '--quiet', '-p', 'differential', '--', ...told];
    const run = spawnSync('cargo', cargo, { cwd: at('../../../..'), encoding: 'utf8', maxBuffer: 1 << 28 });
    if (run.status !== 0)
      throw new Error(`SQLite and the model differ, or there is no cargo:\n${run.stdout}${run.stderr}`);
    const sum: Replayed = { evenings: 0, requests: 0, mutations: 0, statuses: new Map(), differences: [] };
    for (const file of (await readdir(directory)).sort()) {
      await replay(join(directory, file), sum);
    }
    return sum;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** One evening, on a server of its own. It ends at the first answer that differs: what comes after follows from it. */
async function replay(file: string, sum: Replayed): Promise<void> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => JSON.parse(line) as Line);
  const within = { files: [at('outside_clock.mjs')] as const, databases: [] };
  const server = await startLocalServer({ operatorToken: 'operator', within });
  sum.evenings += 1;
  try {
    for (const [place, line] of lines.entries()) {
      const difference = await ask(server, line, sum);
      if (difference !== undefined) {
        sum.differences.push(`${file}, line ${place + 1}: ${difference}`);
        return;
      }
    }
    for (const broken of await disagreements(server, { plainStreams: false }))
      sum.differences.push(`${file}: ${broken}`);
  } finally {
    await server.stop();
  }
}

async function ask(server: LocalServer, { now, entropy, event, answer }: Line, sum: Replayed) {
  const moment = { 'x-now': String(now), 'x-entropy': entropy };
  if ('upkeep' in event) {
    await fetch(server.url, { headers: { ...moment, 'x-only-time': 'yes' } });
    const outcome = await server.strike();
    return outcome === 'ok' ? undefined : `the upkeep ended with ${outcome}`;
  }
  if ('sql' in event) {
    await server.sql(event.sql, ...event.parameters);
    return undefined;
  }
  const { method, path, token, body } = event;
  const response = await fetch(`${server.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...moment,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === null ? {} : { body }),
  });
  const text = await response.text();
  sum.requests += 1;
  sum.mutations += verdictsIn(text);
  sum.statuses.set(response.status, (sum.statuses.get(response.status) ?? 0) + 1);
  if (response.status === answer?.status && text === answer.body) return undefined;
  const sqlite = answer?.body ?? '';
  let same = 0;
  while (same < text.length && text[same] === sqlite[same]) same += 1;
  const around = (of: string) => of.slice(Math.max(0, same - 200), same + shown);
  return `${method} ${path}\n${body?.slice(0, 3_000) ?? ''}\nD1: ${response.status} …${around(text)}\nSQLite: ${answer?.status} …${around(sqlite)}`;
}

function verdictsIn(text: string): number {
  const { verdicts } = JSON.parse(text) as { readonly verdicts?: readonly unknown[] };
  return verdicts?.length ?? 0;
}

/** The same in words. */
export function replayedText({ evenings, requests, mutations, statuses, differences }: Replayed): string {
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
  const sum = `D1: ${evenings} evenings, ${requests} requests, ${mutations} verdicts (${counts.join(', ')})`;
  return [sum, `${differences.length} differences between D1 and SQLite`, ...differences].join('\n');
}
