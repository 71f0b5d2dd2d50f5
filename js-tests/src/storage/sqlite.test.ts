import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { EngineError } from '@auraconnect/offline-sync';
import { expoSqlite, opSqlite, sqliteStorage } from '@auraconnect/offline-sync/storage/sqlite';
import type { SqliteDatabase } from '@auraconnect/offline-sync/storage/sqlite';
import { batch, create, noise, outcome, put, text, texts } from './check.ts';
import { durableLaws, fullLaws, laws } from './contract.ts';
import { openLikeExpo, openLikeOp } from './sqlite_libraries.ts';

const dir = mkdtempSync(join(tmpdir(), 'sqlite-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let folders = 0;
/** A path that nothing lies at yet. */
const newPath = () => join(dir, String((folders += 1)));
const coded = (code: string) => (error: unknown) => error instanceof EngineError && error.code === code;

const libraries = {
  'expo-sqlite': (path: string) => {
    const library = openLikeExpo(path);
    return { connection: library.connection, database: expoSqlite(library) };
  },
  'op-sqlite': (path: string) => {
    const library = openLikeOp(path);
    return { connection: library.connection, database: opSqlite(library) };
  },
};

for (const [library, open] of Object.entries(libraries)) {
  for (const [law, check] of Object.entries({ ...laws, ...durableLaws })) {
    test(`in SQLite through ${library}: ${law}`, async () => {
      const path = newPath();
      await check((name) => sqliteStorage(open(`${path}-${name}`).database), 'till');
    });
  }

  for (const [law, check] of Object.entries(fullLaws)) {
    test(`in a small SQLite through ${library}: ${law}`, async () => {
      const path = newPath();
      await check(async () => {
        const { connection, database } = open(path);
        const store = await sqliteStorage(database);
        connection.exec('PRAGMA max_page_count = 256');
        return store;
      }, 'till');
    });
  }

  test(`through ${library} a commit waits until the log is on the disk, on Apple's systems until the disk says so`, async () => {
    const { connection, database } = open(newPath());
    await sqliteStorage(database);
    const pragma = (name: string) => Object.values(connection.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    assert.deepEqual(['journal_mode', 'synchronous', 'fullfsync', 'checkpoint_fullfsync'].map(pragma), [
      'wal',
      2,
      1,
      1,
    ]);
  });

  test(`two connections through ${library} that write at once both get their turn, and nothing of either is lost`, async () => {
    const path = newPath();
    const stores = await Promise.all([sqliteStorage(open(path).database), sqliteStorage(open(path).database)]);
    const asked = stores.flatMap((store, number) =>
      Array.from({ length: 30 }, (_, place) =>
        store.commit(batch({ create: [[`${number}/${place}`, noise(2_000)]], put: [['last', text(String(number))]] })),
      ),
    );
    await Promise.all(asked);
    for (const store of stores) assert.equal((await store.list('')).length, 61);
  });

  test(`a process killed in the middle of a burst through ${library} has kept what it acknowledged, and no half of a batch`, async () => {
    const path = newPath();
    let acknowledged = 0;
    for (const enough of [7, 60, 90]) {
      acknowledged = await killedWriter(path, library, acknowledged + 1, enough);
      const { connection, database } = open(path);
      const store = await sqliteStorage(database);
      const [last = ''] = await texts(store, ['last']);
      // One more may have reached the disk before it could be told.
      assert.ok(Number(last) >= acknowledged && Number(last) <= acknowledged + 1, `${last}, told ${acknowledged}`);
      acknowledged = Number(last);
      const expected = Array.from({ length: Math.min(acknowledged, 40) }, (_, place) => acknowledged - place);
      const keys = expected.flatMap((number) => [`entry/${number}/a`, `entry/${number}/b`]);
      assert.deepEqual(await store.list('entry/'), [...keys].sort());
      for (const number of expected) {
        const [a, b] = await store.read([`entry/${number}/a`, `entry/${number}/b`]);
        assert.deepEqual([a, b], [noise(10_000, number), noise(100, number)]);
      }
      assert.deepEqual({ ...connection.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
      await store.close();
    }
  });
}

/** Runs the writer until it has told so many batches, kills it, and tells the last one it told. */
async function killedWriter(path: string, library: string, first: number, enough: number): Promise<number> {
  const program = fileURLToPath(new URL('sqlite_writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', program, path, library, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let last = first - 1;
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    if (last >= first + enough) child.kill('SIGKILL');
  }
  const [, signal] = (await ended) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
  return last;
}

test('whatever step of a batch fails, the store is as it was and takes the next one', async () => {
  for (const step of ['BEGIN', 'INSERT INTO', 'INSERT OR REPLACE', 'DELETE', 'COMMIT']) {
    const { database } = libraries['expo-sqlite'](newPath());
    let failing = false;
    const fails = (sql: string) => failing && sql.startsWith(step);
    const failure = () => Promise.reject(new Error('Error code 10: disk I/O error'));
    const faulty: SqliteDatabase = {
      ...database,
      execute: (sql) => (fails(sql) ? failure() : database.execute(sql)),
      run: (sql, parameters) => (fails(sql) ? failure() : database.run(sql, parameters)),
    };
    const store = await sqliteStorage(faulty);
    await store.commit(put(['kept', text('1')], ['gone', text('1')]));
    const whole = batch({ create: [['new', text('2')]], put: [['kept', text('2')]], delete: ['gone'] });
    failing = true;
    assert.equal(await outcome(store.commit(whole)), 'STORAGE_FAILED', step);
    assert.deepEqual(await texts(store, ['kept', 'gone', 'new']), ['1', '1', undefined], step);
    failing = false;
    await store.commit(whole);
    assert.deepEqual(await texts(store, ['kept', 'gone', 'new']), ['2', undefined, '2'], step);
  }
});

test('a database that another process holds is waited for, but not for ever', async (context) => {
  const path = newPath();
  const { database } = libraries['expo-sqlite'](path);
  const store = await sqliteStorage(database);
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let told = 'nothing yet';
  void outcome(store.commit(create(['a', text('1')]))).then((found) => (told = found));
  let waits = 0;
  for (; told === 'nothing yet' && waits < 1_000; waits += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    context.mock.timers.tick(1_000);
  }
  assert.equal(told, 'STORAGE_FAILED');
  context.mock.timers.reset();
  other.exec('ROLLBACK');
  await store.commit(create(['a', text('2')]));
  assert.deepEqual(await texts(store, ['a']), ['2']);
});

test('a small write by itself is one statement, and a large batch is one transaction of few', async () => {
  const { database } = libraries['expo-sqlite'](newPath());
  const asked: string[] = [];
  const spied: SqliteDatabase = {
    ...database,
    execute: (sql) => (asked.push(sql), database.execute(sql)),
    run: (sql, parameters) => (asked.push(sql.slice(0, 6)), database.run(sql, parameters)),
  };
  const store = await sqliteStorage(spied);
  asked.length = 0;
  await store.commit(create(['a', text('1')]));
  assert.deepEqual(asked.splice(0), ['INSERT']);
  await store.commit(create(...Array.from({ length: 300 }, (_, place) => [`k/${place}`, text('1')] as const)));
  assert.deepEqual(asked.splice(0), ['BEGIN IMMEDIATE', 'INSERT', 'INSERT', 'COMMIT']);
});

test('the app may have tables of its own in the same database, and they are not touched', async () => {
  const path = newPath();
  const app = new DatabaseSync(path);
  app.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('hello')");
  const store = await sqliteStorage(libraries['expo-sqlite'](path).database);
  await store.commit(create(['a', text('1')]));
  await store.commit(batch({ delete: ['a'] }));
  assert.deepEqual({ ...app.prepare('SELECT text FROM notes').get() }, { text: 'hello' });
});

test('used space grows with what is stored and shrinks with what is deleted', async () => {
  const store = await sqliteStorage(libraries['op-sqlite'](newPath()).database);
  const before = (await store.space?.())?.usedBytes ?? 0;
  await store.commit(create(['large', noise(500_000)]));
  const full = (await store.space?.())?.usedBytes ?? 0;
  await store.commit(batch({ delete: ['large'] }));
  const emptied = (await store.space?.())?.usedBytes ?? 0;
  assert.ok(full - before > 490_000 && full - before < 520_000, `${full - before}`);
  assert.ok(emptied - before < 10_000, `${emptied - before}`);
});

test('what is no database of the library is refused before anything is done with it', async () => {
  for (const wrong of [undefined, null, 'till.db', {}, openLikeOp(newPath())]) {
    assert.throws(() => expoSqlite(wrong as never), coded('OPTION_INVALID'));
    await assert.rejects(sqliteStorage(wrong as never), coded('OPTION_INVALID'));
  }
  assert.throws(() => opSqlite(openLikeExpo(newPath()) as never), coded('OPTION_INVALID'));
});
