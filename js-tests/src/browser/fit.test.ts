import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addWine, moveTable, noteOfA, noteOfB, openSharedTable, payAndClose, writeNote } from './dispute.ts';
import { sellQuickly } from './evening.ts';
import { complaintsAbout } from './fit.ts';
import { startTwoTills } from './two_tills.ts';

const screens = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

test('in the sync centre and the inbox every target takes a thumb and nothing overlaps, on a wide screen and on a phone', async (context) => {
  const { page, tills } = await startTwoTills(context);
  const [tillA, tillB] = tills;
  const table = await openSharedTable(tillA, tillB, 'tbl_5');
  const moved = await openSharedTable(tillA, tillB, 'tbl_6');
  for (const till of tills) await till.switchNetwork('off');
  await payAndClose(tillA, table);
  await addWine(tillB, table);
  await writeNote(tillA, moved, noteOfA);
  await writeNote(tillB, moved, noteOfB);
  await moveTable(tillA, moved, 'tbl_7');
  await moveTable(tillB, moved, 'tbl_8');
  for (const till of tills) {
    await till.switchNetwork('on');
    await till.see('queue-depth', { depth: 0 });
  }
  await tillA.see('conflict-inbox', { count: 2 });
  await tillA.switchNetwork('off');
  await sellQuickly(tillA, 8);

  const complaints: string[] = [];
  const look = async (where: string): Promise<void> => {
    for (const screen of screens) {
      await page.setViewportSize(screen);
      for (const part of await tillA.root.locator('dialog, .status-bar').all())
        complaints.push(
          ...(await complaintsAbout(part)).map((complaint) => `${where} at ${screen.width}: ${complaint}`),
        );
    }
    await page.setViewportSize(screens[0] ?? assert.fail());
  };
  await look('till');
  await tillA.tap('open-sync-centre');
  await tillA.tap('unsynced-all');
  await tillA.root.getByTestId('ticket-search').fill('1');
  await look('sync centre');
  await tillA.root.getByTestId('unsynced-order').first().click();
  await look('journey');
  await tillA.tap('sheet-close');
  await tillA.tap('conflict-inbox');
  await look('inbox');
  for (const code of ['LATE_LINE', 'FIELD_CONFLICT']) {
    await tillA.root.locator(`[data-testid="conflict"][data-code="${code}"]`).first().click();
    await look(code);
    await tillA.tap('sheet-back');
  }
  await tillA.tap('sheet-close');
  await tillA.tap('table-tbl_5');
  await tillA.see('bill-conflict');
  complaints.push(...(await complaintsAbout(tillA.root.locator('.bill'))));
  await tillA.tap('bill-conflict');
  await tillA.see('conflict-detail', { status: 'open' });
  assert.deepEqual(complaints, []);
});

test('the sync centre is opened, walked and left with the keyboard alone, and gives the focus back', async (context) => {
  const { page, tills } = await startTwoTills(context);
  const [till] = tills;
  const opener = till.root.getByTestId('open-sync-centre');
  await opener.focus();
  await page.keyboard.press('Enter');
  const sheet = till.root.getByTestId('sync-centre');
  await sheet.waitFor();
  const inside = (): Promise<boolean> => sheet.evaluate((dialog) => dialog.contains(document.activeElement));
  for (let press = 0; press < 12; press += 1) {
    assert.ok(await inside(), `after ${press} presses of Tab the focus is in the sheet`);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.getAttribute('data-testid') === 'open-sync-centre');
});
