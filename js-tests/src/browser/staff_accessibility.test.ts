import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Engine } from '@auraconnect/offline-sync';
import type { Page } from 'playwright-core';
import type { DemoTill } from './demo_page.ts';
import { complaintsAbout } from './fit.ts';
import { signIn, startStaffedTill } from './staffed_till.ts';

const screens = [
  { width: 1280, height: 800 },
  { width: 820, height: 1180 },
  { width: 390, height: 844 },
];

/** What axe finds on the page as it is: serious and critical violations, each with where it stands. */
async function violationsOn(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Evaluated by the debugger, which the page's policy does not bind: the policy stays as it is sent.
  await page.evaluate(source);
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${String(target)} ${failureSummary}`));
}

/** Looks at the screen that is open in every size: axe's violations, and whether a thumb can use it. */
async function complaintsAt(till: DemoTill, where: string): Promise<string[]> {
  const complaints: string[] = [];
  for (const screen of screens) {
    await till.page.setViewportSize(screen);
    // Toasts and dialogs have come up by then; half-faded text has no contrast.
    await till.page.evaluate(() =>
      Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => null))),
    );
    const folder = process.env['LOOK'];
    if (folder !== undefined) await till.page.screenshot({ path: `${folder}/${where}-${screen.width}.png` });
    const parts = till.root.locator('.sign-in, dialog, .till__left, .till__nav, .status-bar');
    const fit = await Promise.all((await parts.all()).map((part) => complaintsAbout(part)));
    complaints.push(
      ...[...(await violationsOn(till.page)), ...fit.flat()].map((each) => `${where} ${screen.width}: ${each}`),
    );
  }
  await till.page.setViewportSize(screens[0] ?? assert.fail());
  return complaints;
}

test('the screens of staff can be read, reached and pressed by everybody, on every size of screen', async (context) => {
  const { page, till } = await startStaffedTill(context);
  await page.context().setOffline(false);
  const complaints = await complaintsAt(till, 'people');
  await till.tap('person-stf_mara');
  complaints.push(...(await complaintsAt(till, 'pad')));
  await till.tap('sign-in-back');
  await signIn(till, 'stf_odell');
  for (const pane of ['report', 'drawer', 'clock']) {
    await till.tap(`nav-${pane}`);
    await till.see(pane === 'clock' ? 'time-clock' : pane);
    complaints.push(...(await complaintsAt(till, pane)));
  }
  await till.tap('clock-in');
  await till.see('own-clock', { state: 'work' });
  complaints.push(...(await complaintsAt(till, 'at-work')));
  await till.work(async ({ drawers }: Engine) => {
    await drawers.open('drw_a', { floatMinor: 10_000 });
    await drawers.count('drw_a', { countedMinor: 9_900 });
  }, null);
  await till.tap('nav-drawer');
  await till.see('drawer', { state: 'counted' });
  complaints.push(...(await complaintsAt(till, 'counted')));
  await till.tap('drawer-pay_out');
  complaints.push(...(await complaintsAt(till, 'pay-out')));
  await till.tap('sheet-close');
  await till.tap('hand-over');
  await signIn(till, 'stf_mara');
  await till.tap('nav-clock');
  await till.tap('clock-in');
  await till.tap('amend-clock_in');
  await till.root.getByTestId('amend-reason').fill('the till was busy');
  await till.tap('amend-confirm');
  await till.see('approval-sheet');
  complaints.push(...(await complaintsAt(till, 'approval')));
  assert.deepEqual(complaints, []);
});
