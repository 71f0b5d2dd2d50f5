// Makes a backup of `wrangler d1 export` one that `wrangler d1 execute --file` takes back, whatever its rows hold:
// node scripts/restorable.mjs backup.sql restorable.sql
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { restorable } from './lib/backup_text.mjs';
import { main, plainError } from './lib/run.mjs';

await main(async ([backup, output]) => {
  if (backup === undefined || output === undefined) throw plainError('say which backup, and where to write');
  await pipeline(createReadStream(backup, 'utf8'), restorable, createWriteStream(output, { flags: 'wx' }));
});
