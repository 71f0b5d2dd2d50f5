/**
 * Chromium and the log of its databases. A browser that is killed in the middle of a record leaves a log that its next run goes
 * on with; the opening after that would find damage and delete everything.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type KillableChromium, startKillableChromium } from '../browser/killable_chromium.ts';
import { startTinyApp } from '../browser/tiny_app.ts';

test('a browser killed in the middle of a record, again and again, keeps every value that was saved before', async (context) => {
  const profile = await profileOf(context);
  let browser = await profile.open();
  for (const key of ['first', 'second', 'third']) {
    await save(browser, key);
    // The record that the kill finds half written.
    await save(browser, `${key}, torn`);
    await browser.kill();
    await tearLastSave(profile.dir);
    browser = await profile.open();
    await save(browser, `${key}, after`);
  }
  const kept = await browser.page.evaluate(async () => (await window.face.indexedDbStorage('till')).list(''));
  const torn = kept.filter((key) => key.endsWith('torn'));
  assert.deepEqual(torn, [], 'no record was torn');
  assert.deepEqual(kept, ['first', 'first, after', 'second', 'second, after', 'third', 'third, after']);
});

test('a second page of a browser does not fill the log again', async (context) => {
  const profile = await profileOf(context);
  const browser = await profile.open();
  await save(browser, 'first');
  const before = await logBytes(profile.dir);
  const second = await browser.page.context().newPage();
  await second.goto(profile.url);
  await save({ ...browser, page: second }, 'second');
  assert.ok((await logBytes(profile.dir)) - before < 10_000);
});

interface Profile {
  readonly dir: string;
  readonly url: string;
  /** A browser on the profile, with the app's page open. */
  open(): Promise<KillableChromium>;
}

async function profileOf(context: TestContext): Promise<Profile> {
  const app = await startTinyApp();
  const dir = await mkdtemp(join(tmpdir(), 'torn-'));
  let browser: KillableChromium | undefined;
  context.after(async () => {
    await browser?.kill();
    app.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  const open = async (): Promise<KillableChromium> => {
    browser = await startKillableChromium(dir);
    await browser.page.goto(app.url);
    await browser.page.waitForFunction(() => window.face !== undefined);
    return browser;
  };
  return { dir, url: app.url, open };
}

async function save({ page }: KillableChromium, key: string): Promise<void> {
  await page.waitForFunction(() => window.face !== undefined);
  await page.evaluate(async (name) => {
    const store = await window.face.indexedDbStorage('till');
    await store.commit({ create: [], put: [[name, crypto.getRandomValues(new Uint8Array(4000))]], delete: [] });
    await store.close();
  }, key);
}

/** Cuts through what was saved last, as a kill between two writes to the file does. */
async function tearLastSave(profileDir: string): Promise<void> {
  const log = await newestLog(profileDir);
  await truncate(log, (await stat(log)).size - 2000);
}

async function logBytes(profileDir: string): Promise<number> {
  return (await stat(await newestLog(profileDir))).size;
}

async function newestLog(profileDir: string): Promise<string> {
  const parent = join(profileDir, 'Default', 'IndexedDB');
  const [origin] = await readdir(parent);
  const directory = join(parent, origin ?? '');
  const logs = (await readdir(directory)).filter((name) => name.endsWith('.log')).sort();
  const newest = logs.at(-1);
  assert.ok(newest, `no log in ${directory}`);
  return join(directory, newest);
}
