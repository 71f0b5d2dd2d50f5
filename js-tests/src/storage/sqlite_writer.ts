/**
 * Writes to the store in the file named on the command line until it is killed, in bursts, and tells each batch that was
 * acknowledged. A batch is two new keys, one that is written over, and the two of an older batch taken away.
 */
import { writeSync } from 'node:fs';
import { expoSqlite, opSqlite, sqliteStorage } from '@auraconnect/offline-sync/storage/sqlite';
import { noise, text } from './check.ts';
import { openLikeExpo, openLikeOp } from './sqlite_libraries.ts';

const [path = '', library = '', first = '1'] = process.argv.slice(2);
const database = library === 'op-sqlite' ? opSqlite(openLikeOp(path)) : expoSqlite(openLikeExpo(path));
const store = await sqliteStorage(database);

async function write(number: number): Promise<void> {
  await store.commit({
    create: [
      [`entry/${number}/a`, noise(10_000, number)],
      [`entry/${number}/b`, noise(100, number)],
    ],
    put: [['last', text(String(number))]],
    delete: [`entry/${number - 40}/a`, `entry/${number - 40}/b`],
  });
  writeSync(1, `${number}\n`);
}

for (let number = Number(first); ; number += 5) {
  await Promise.all([0, 1, 2, 3, 4].map((place) => write(number + place)));
}
