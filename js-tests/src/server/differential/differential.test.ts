/** A bounded slice of `npm run differential -- --d1 n`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithSqlite, replayedText } from './replay.ts';

test('the Worker on D1 answers byte for byte what the server on SQLite answers', async (context) => {
  const replayed = await compareWithSqlite(500, 1);
  context.diagnostic(replayedText(replayed));
  assert.deepEqual(replayed.differences, []);
  assert.ok(replayed.mutations >= 500, 'that many verdicts were compared');
  for (const status of [200, 201, 401, 403, 409, 410, 422]) {
    assert.ok(replayed.statuses.has(status), `no request was answered ${status}`);
  }
});
