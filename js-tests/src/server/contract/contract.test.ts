/** Whatever is asked, well or badly, is answered as docs/openapi.json says, and never with a failure of the server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLocalServer } from '../local_server.ts';
import { runContract, tallyText } from './contract_run.ts';

/** `npm run test:contract` asks for more. */
const count = Number(process.env['CONTRACT_CASES'] ?? 1_500);
const seed = Number(process.env['CONTRACT_SEED'] ?? 1);

test('whatever is asked is answered as the contract says, and nothing that it forbids is taken', async (context) => {
  const server = await startLocalServer();
  context.after(() => server.stop());
  const tally = await runContract(server, count, seed);
  console.log(tallyText(tally));
  assert.ok(tally.succeeded.size >= 10, 'what is behind the first checks is reached too');
});
