import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '@auraconnect/offline-sync';
import { takePicture } from './pictures.ts';
import { pressPin, signedIn, signIn, startStaffedTill } from './staffed_till.ts';

const soupMinor = 785;

test('somebody signs in by the pad without a network, sells, and hands over with the order still open', async (context) => {
  const { page, till, violations } = await startStaffedTill(context);
  assert.match(await till.root.getByTestId('demo-pins').innerText(), /Mara V\. 4826/);
  await takePicture(page, 'staff-sign-in');
  await signIn(till, 'stf_mara');
  await till.tap('table-tbl_4');
  await till.tap('item-it_soup');
  await till.seeLines(1);
  await till.see('bill-total', { minor: soupMinor });
  await till.tap('hand-over');
  await till.see('sign-in', { step: 'people' });
  assert.equal(await signedIn(till), null);
  assert.equal(await till.root.locator('.till__surface').getAttribute('inert'), '', 'nothing behind it can be pressed');

  await till.tap('person-stf_ines');
  await till.see('pin-pad');
  await page.keyboard.type('73911');
  await page.keyboard.press('Backspace');
  await till.see('pin-dots', { count: 4 });
  assert.doesNotMatch(await till.root.getByTestId('sign-in').innerText(), /7391/, 'dots and never digits');
  await page.keyboard.press('Enter');
  await till.see('who-works', { staff: 'stf_ines' });
  await till.seeLines(1);
  await till.tap('pay');
  await till.tap('pay-cash-exact');
  await till.tap('pay-confirm');
  await till.tap('close-order');
  await till.see('floor');
  assert.deepEqual(violations, []);
});

test('wrong PINs are said in plain words, then the till makes them wait, and a manager lets them try again', async (context) => {
  const { till, violations } = await startStaffedTill(context);
  await till.tap('person-stf_mara');
  for (let wrong = 0; wrong < 5; wrong += 1) {
    await pressPin(till, '0000');
    await till.tap('sign-in-confirm');
    await till.see('pin-refusal', { code: 'PIN_WRONG' });
    await till.see('pin-dots', { count: 0 });
  }
  await pressPin(till, '4826');
  await till.tap('sign-in-confirm');
  await till.see('pin-refusal', { code: 'PIN_LOCKED' });
  assert.match(await till.root.getByTestId('pin-wait').innerText(), /^(1:00|0:5\d)$/);
  assert.equal(await till.root.getByTestId('sign-in-confirm').getAttribute('aria-disabled'), 'true');
  assert.equal(await signedIn(till), null);
  await till.tap('ask-manager');
  await till.tap('manager-stf_odell');
  await pressPin(till, '590317');
  await till.tap('unblock-confirm');
  await till.see('sign-in', { step: 'pin' });
  await pressPin(till, '4826');
  await till.tap('sign-in-confirm');
  await till.see('who-works', { staff: 'stf_mara' });
  assert.deepEqual(violations, []);
});

test('what somebody may not do alone is done once a manager approves it, and nobody else', async (context) => {
  const { page, till, violations } = await startStaffedTill(context);
  await signIn(till, 'stf_mara');
  await till.tap('table-tbl_4');
  await till.tap('item-it_soup');
  await till.seeLines(1);
  await till.work(async ({ orders }: Engine) => {
    for (const { orderId } of orders.list({ status: 'open' })) await orders.fire(orderId);
  }, null);
  const voided = async (): Promise<void> => {
    await till.tap('void-line');
    await till.tap('void-reason-took_too_long');
    await till.see('approval-sheet');
  };
  await voided();
  assert.deepEqual(
    await till.root
      .locator('input[name="approver"]')
      .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value)),
    ['stf_odell'],
    'those whose role could, and not the one who asks',
  );
  await till.tap('sheet-close');
  await till.root.getByTestId('approval-sheet').waitFor({ state: 'detached' });
  await till.see('bill-total', { minor: soupMinor });

  await voided();
  await till.root.getByRole('button', { name: 'Kitchen mistake' }).click();
  await pressPin(till, '590318');
  await till.tap('approval-confirm');
  await till.see('pin-refusal', { code: 'PIN_WRONG' });
  await takePicture(page, 'staff-approval');
  await pressPin(till, '590317');
  await till.tap('approval-confirm');
  await till.see('bill-total', { minor: 0 });
  assert.equal(await signedIn(till), 'stf_mara', 'the till stays with whoever works it');
  assert.deepEqual(violations, []);
});

test('a shift is punched without a network, and a punch that a manager changes stands beside what was punched', async (context) => {
  const { page, till, violations } = await startStaffedTill(context);
  await signIn(till, 'stf_mara');
  await till.tap('nav-clock');
  await till.see('own-clock', { state: 'away' });
  await till.tap('clock-in');
  await till.see('own-clock', { state: 'work' });
  await till.see('at-work-stf_mara', { break: 'none' });
  await till.tap('start-rest');
  await till.see('at-work-stf_mara', { break: 'rest' });
  await till.tap('end-break');
  await till.see('own-clock', { state: 'work' });

  await till.tap('amend-clock_in');
  const time = till.root.getByTestId('amend-time');
  await time.fill(`${(await time.inputValue()).slice(0, 11)}00:01`);
  await till.root.getByTestId('amend-reason').fill('the till was busy');
  await till.tap('amend-confirm');
  await till.see('approval-sheet');
  await till.root.getByTestId('approval-reason').fill('I saw her come');
  await pressPin(till, '590317');
  await till.tap('approval-confirm');
  await till.see('punch-clock_in', { amended: 'true' });
  assert.match(await till.root.getByTestId('punch-clock_in').innerText(), /00:01[\s\S]*Punched \d\d:\d\d/);
  await takePicture(page, 'staff-clock');

  await till.tap('clock-out');
  for (const key of ['1', '2', '5', '0']) await till.tap(`key-${key}`);
  await till.see('cash-tips', { minor: 1250 });
  await till.tap('clock-out-confirm');
  await till.see('own-clock', { state: 'away' });
  assert.match(await till.root.getByTestId('timecard').innerText(), /\$12\.50 cash tips/);
  assert.deepEqual(violations, []);
});

test('a manager’s change of somebody’s hours waits for their word, and they give it at the clock', async (context) => {
  const { till } = await startStaffedTill(context);
  await signIn(till, 'stf_ines');
  await till.tap('nav-clock');
  await till.tap('clock-in');
  await till.see('own-clock', { state: 'work' });
  await till.tap('hand-over');
  await signIn(till, 'stf_odell');
  await till.root.getByTestId('timecards-of').selectOption('stf_ines');
  await till.tap('amend-clock_in');
  const time = till.root.getByTestId('amend-time');
  await time.fill(`${(await time.inputValue()).slice(0, 11)}00:01`);
  await till.root.getByTestId('amend-reason').fill('the till was busy');
  await till.tap('amend-confirm');
  await till.see('amendment', { acknowledged: 'false' });
  assert.equal(await till.root.getByTestId('acknowledge').count(), 0, 'the word is hers to give');
  await till.tap('hand-over');
  await signIn(till, 'stf_ines');
  await till.tap('acknowledge');
  await till.see('amendment', { acknowledged: 'true' });
});

test('cash that a till takes is in its drawer by itself, and what should be in it is told after the count', async (context) => {
  const { page, till, violations } = await startStaffedTill(context);
  await signIn(till, 'stf_odell');
  await till.tap('nav-drawer');
  await till.tap('drawer-open');
  for (const key of ['1', '0', '0', '00']) await till.tap(`key-${key}`);
  await till.tap('drawer-confirm');
  await till.see('drawer', { state: 'open' });

  await till.tap('nav-floor');
  await till.tap('table-tbl_4');
  await till.tap('item-it_soup');
  await till.seeLines(1);
  await till.tap('pay');
  await till.tap('pay-cash-exact');
  await till.tap('pay-confirm');
  await till.tap('close-order');
  await till.see('floor');

  await till.tap('nav-drawer');
  await till.tap('drawer-pay_out');
  for (const key of ['2', '00']) await till.tap(`key-${key}`);
  await till.root.getByTestId('drawer-reason').fill('lemons');
  await till.tap('drawer-confirm');
  await till.root.getByTestId('drawer-sheet').waitFor({ state: 'detached' });
  await till.tap('drawer-count');
  assert.doesNotMatch(await till.root.innerText(), /105\.85/, 'whoever counts does not know');
  for (const key of ['1', '0', '5', '00']) await till.tap(`key-${key}`);
  await till.tap('drawer-confirm');
  await till.see('drawer-counted', { 'over-short': -85 });
  await till.see('drawer-expected', { minor: 10_000 + soupMinor - 200 });
  await takePicture(page, 'staff-drawer');
  await till.tap('drawer-close');
  await till.see('drawer', { state: 'closed' });
  await till.see('past-session', { 'over-short': -85 });
  assert.deepEqual(violations, []);
});

test('the day’s figures are for those with the right to see them', async (context) => {
  const { page, till } = await startStaffedTill(context);
  // The report's page comes with its charts, once somebody opens it; without a service worker it takes a link.
  await page.context().setOffline(false);
  await signIn(till, 'stf_mara');
  await till.tap('nav-report');
  await till.see('report-refused', { code: 'SCOPE_MISSING' });
  await till.tap('hand-over');
  await signIn(till, 'stf_odell');
  await till.see('report');
});
