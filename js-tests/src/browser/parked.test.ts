import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Engine } from '@auraconnect/offline-sync';
import type { DemoTill } from './demo_page.ts';
import { fire, openSharedTable, setQty } from './dispute.ts';
import { startTwoTills } from './two_tills.ts';

/** On till B a change of what the kitchen had already begun, which nobody there could know: refused, and kept. */
async function withParkedWork(context: TestContext, staffId = 'stf_ines'): Promise<DemoTill> {
  const { tills } = await startTwoTills(context);
  const [tillA, tillB] = tills;
  const table = await openSharedTable(tillA, tillB, 'tbl_5');
  await tillB.root.getByTestId('staff-picker').selectOption(staffId);
  await tillB.switchNetwork('off');
  await setQty(tillB, table, 5);
  await fire(tillA, table);
  await tillA.see('queue-depth', { depth: 0 });
  await tillB.switchNetwork('on');
  await tillB.see('needs-you', { count: 1 });
  await tillB.tap('open-sync-centre');
  return tillB;
}

test('refused work is shown with its reason, and discarding it takes a manager and a reason', async (context) => {
  const till = await withParkedWork(context);
  const card = await till.root.getByTestId('parked').innerText();
  assert.match(card, /Refused: quantity changed/);
  assert.match(card, /A-0001 · Ines K\. · \d\d:\d\d/);
  await till.tap('parked-discard');
  const ready = (): Promise<string | null> => till.root.getByTestId('discard-confirm').getAttribute('aria-disabled');
  assert.deepEqual(await managersOffered(till), ['stf_odell', 'stf_owner'], 'nobody else may');
  await till.root.getByTestId('discard-reason').fill('Entered twice');
  assert.equal(await ready(), 'true', 'a reason alone is not enough');
  await till.root.getByTestId('discard-reason').press('Enter');
  assert.equal(await till.work((engine: Engine) => engine.parked.list().length, null), 1);
  await till.tap('approve-stf_odell');
  await till.root.getByTestId('discard-reason').fill('  ');
  assert.equal(await ready(), 'true', 'nor a manager without a reason');
  await till.root.getByTestId('discard-reason').fill('Entered twice');
  await till.tap('discard-confirm');
  await till.root.getByTestId('parked').waitFor({ state: 'detached' });
  await till.see('sync-centre');
  assert.equal(await till.work((engine: Engine) => engine.parked.list().length, null), 0);
});

test('a manager does not approve the discarding of their own work', async (context) => {
  const till = await withParkedWork(context, 'stf_odell');
  await till.tap('parked-discard');
  assert.deepEqual(await managersOffered(till), ['stf_owner']);
});

test('refused work that is retried is sent again, and refused again while nothing has changed', async (context) => {
  const till = await withParkedWork(context);
  const idOf = (): Promise<string | undefined> =>
    till.work((engine: Engine) => engine.parked.list()[0]?.mutationId, null);
  const first = await idOf();
  await till.tap('parked-retry');
  await till.page.waitForFunction(
    ([name, before]) => {
      const again = window.auraTills?.[name ?? '']?.parked.list()[0]?.mutationId;
      return again !== undefined && again !== before;
    },
    [till.name, first],
  );
  await till.see('parked');
});

async function managersOffered(till: DemoTill): Promise<string[]> {
  return till.root
    .locator('input[name="approved-by"]')
    .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
}
