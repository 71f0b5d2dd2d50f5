import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { startChromium } from './chromium.ts';
import { type DemoTill, openTwoTills } from './demo_page.ts';
import { sellByHand } from './evening.ts';

const passphrase = 'quay lantern oyster nine';

/** Types the passphrase, presses, and waits for what the sheet or the till says then. */
async function attempt(till: DemoTill, typed: string, button: string, says: 'handover-refusal' | 'toast-good') {
  await till.root.getByTestId('handover-passphrase').fill(typed);
  await till.tap(button);
  return till.root.getByTestId(says).last().innerText();
}

test('what a till could not send is saved to a file by hand and taken over on another till, in plain words', async (context) => {
  const server = await startLocalServer({ withDemo: true });
  context.after(() => server.stop());
  const browser = await startChromium();
  context.after(() => browser.close());
  const dir = await mkdtemp(join(tmpdir(), 'handover-'));
  context.after(() => rm(dir, { recursive: true, force: true }));
  const { devices } = await openRestaurant(server, ['Till A', 'Till B']);
  const page = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  const { tills } = await openTwoTills(page, server, devices);
  const [tillA, tillB] = tills;
  for (const till of tills) await till.switchNetwork('off');
  const sold = await sellByHand(tillA, 'tbl_1');

  await tillA.tap('open-sync-centre');
  await tillA.tap('to-save-unsent');
  assert.match(await tillA.root.getByTestId('save-unsent').innerText(), /One order has not been sent yet/);
  await tillA.root.getByTestId('handover-passphrase').fill('7 chars');
  assert.equal(await tillA.root.getByTestId('save-unsent-confirm').getAttribute('aria-disabled'), 'true');
  const downloading = tillA.page.waitForEvent('download');
  await attempt(tillA, passphrase, 'save-unsent-confirm', 'toast-good');
  const download = await downloading;
  assert.match(download.suggestedFilename(), /^till-a-unsent-\d{4}-\d\d-\d\d-\d{4}\.age$/);
  const file = join(dir, download.suggestedFilename());
  await download.saveAs(file);
  const bytes = await readFile(file);
  assert.ok(bytes.toString('latin1').startsWith('age-encryption.org/v1\n'));
  assert.ok(!bytes.includes('it_burger'));
  assert.equal(await tillA.queueDepthShown(), sold.commands, 'nothing leaves the queue');

  const other = join(dir, 'holiday.age');
  await writeFile(other, 'dear diary');
  await tillB.tap('open-sync-centre');
  await tillB.tap('to-take-over');
  const chooser = tillB.root.getByTestId('take-over-file');
  await chooser.setInputFiles(other);
  assert.match(
    await attempt(tillB, passphrase, 'take-over-confirm', 'handover-refusal'),
    /not a file of unsent orders/,
  );
  await chooser.setInputFiles(file);
  assert.match(
    await attempt(tillB, 'Quay lantern', 'take-over-confirm', 'handover-refusal'),
    /does not open this file/,
  );
  assert.equal(await tillB.queueDepthShown(), 0);
  await attempt(tillB, passphrase, 'take-over-confirm', 'toast-good');
  await tillB.see('queue-depth', { depth: sold.commands });
  const orders = (till: DemoTill) => till.work(({ orders }) => orders.list(), null);
  assert.deepEqual(await orders(tillB), await orders(tillA));
});

test('a till that has sent everything offers nothing to save', async (context) => {
  const server = await startLocalServer({ withDemo: true });
  context.after(() => server.stop());
  const browser = await startChromium();
  context.after(() => browser.close());
  const { devices } = await openRestaurant(server, ['Till A', 'Till B']);
  const page = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  const { tills } = await openTwoTills(page, server, devices);
  await tills[0].tap('open-sync-centre');
  await tills[0].tap('to-save-unsent');
  assert.match(await tills[0].root.getByTestId('save-unsent').innerText(), /there is nothing to save/);
  assert.equal(await tills[0].root.getByTestId('save-unsent-confirm').count(), 0);
});
