import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../browser/chromium.ts';
import { startKillableChromium } from '../browser/killable_chromium.ts';
import { startTinyApp, type TinyApp } from '../browser/tiny_app.ts';
import { durableKeyLaws, keyLaws } from './contract.ts';

let app: TinyApp;
let browser: Browser;

before(async () => {
  app = await startTinyApp();
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  app?.stop();
});

async function freshPage(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await openApp(page);
  return page;
}

async function openApp(page: Page): Promise<void> {
  await page.goto(app.url);
  await page.waitForFunction(() => window.face !== undefined);
}

for (const [list, names] of [
  ['keyLaws', Object.keys(keyLaws)],
  ['durableKeyLaws', Object.keys(durableKeyLaws)],
] as const) {
  for (const law of names) {
    test(`keys in Chromium: ${law}`, async () => {
      const page = await freshPage();
      await page.evaluate(([part, name]) => window.keyContract[part][name]?.(window.face.webCryptoKeys, 'till'), [
        list,
        law,
      ] as const);
    });
  }
}

/** Everything in every IndexedDB database of the page: the bytes that can be read, and which CryptoKeys give theirs out. */
const everythingStored = async () => {
  const bytes: number[][] = [];
  const wrappingKeys: string[] = [];
  const visit = async (value: unknown): Promise<void> => {
    if (value instanceof CryptoKey) {
      const exported = await crypto.subtle.exportKey('raw', value).then(
        () => 'given out',
        (error: DOMException) => error.name,
      );
      wrappingKeys.push(`${value.type}, extractable: ${value.extractable}, ${exported}`);
    } else if (value instanceof ArrayBuffer) bytes.push([...new Uint8Array(value)]);
    else if (ArrayBuffer.isView(value)) bytes.push([...new Uint8Array(value.buffer)]);
    else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) await visit(part);
    else if (value !== undefined) bytes.push([...new TextEncoder().encode(String(value))]);
  };
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open(name ?? '');
      request.onsuccess = () => resolve(request.result);
    });
    for (const store of database.objectStoreNames) {
      const values = await new Promise<unknown[]>((resolve) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => resolve(request.result);
      });
      for (const value of values) await visit(value);
    }
    database.close();
  }
  return { bytes, wrappingKeys };
};

test('no value in any database of the page holds the bytes of a key, and what seals them is given out to nobody', async () => {
  const page = await freshPage();
  const key = await page.evaluate(async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    await window.face.webCryptoKeys('till').save([{ id: 1, bytes }]);
    return [...bytes];
  });
  const { bytes, wrappingKeys } = await page.evaluate(everythingStored);
  assert.deepEqual(wrappingKeys, ['secret, extractable: false, InvalidAccessError']);
  assert.ok(bytes.length >= 2);
  for (const stored of bytes) {
    for (const part of [key.slice(0, 8), key.slice(8, 16), key.slice(16, 24), key.slice(24)]) {
      assert.ok(!stored.join(',').includes(part.join(',')));
    }
  }
});

test('an older copy of the record opens with nothing that is there after the next save or an erasure', async () => {
  const page = await freshPage();
  const told = await page.evaluate(async () => {
    const keys = window.face.webCryptoKeys('till');
    const inStore = <Value>(ask: (store: IDBObjectStore) => IDBRequest) =>
      new Promise<Value>((resolve) => {
        const opening = indexedDB.open('auraconnect keys of till');
        opening.onsuccess = () => {
          const request = ask(opening.result.transaction('keys', 'readwrite').objectStore('keys'));
          request.onsuccess = () => {
            opening.result.close();
            resolve(request.result as Value);
          };
        };
      });
    const load = () =>
      keys.load().then(
        (found) => found.map(({ id }) => id),
        (error: { code?: string }) => error.code,
      );
    await keys.save([{ id: 1, bytes: new Uint8Array(32).fill(1) }]);
    const older = await inStore<Record<string, unknown>>((store) => store.get('current'));
    await keys.save([{ id: 2, bytes: new Uint8Array(32).fill(2) }]);
    const newer = await inStore<Record<string, unknown>>((store) => store.get('current'));
    const mixed = { ...older, wrappingKey: newer['wrappingKey'] };
    await inStore((store) => store.put(mixed, 'current'));
    const withNewerKey = await load();
    await keys.erase();
    return [withNewerKey, await load()];
  });
  assert.deepEqual(told, ['KEYS_UNREADABLE', []]);
});

test('a record that was damaged, or moved over from another store, is unreadable', async () => {
  const page = await freshPage();
  const told = await page.evaluate(async () => {
    const change = (name: string, mend: (value: Record<string, unknown>) => unknown) =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open(`auraconnect keys of ${name}`);
        opening.onsuccess = () => {
          const store = opening.result.transaction('keys', 'readwrite').objectStore('keys');
          const request = store.get('current');
          request.onsuccess = () => {
            const writing = store.put(mend(request.result as Record<string, unknown>), 'current');
            writing.onsuccess = () => {
              opening.result.close();
              resolve();
            };
          };
        };
      });
    const told: unknown[] = [];
    const load = (name: string) =>
      window.face
        .webCryptoKeys(name)
        .load()
        .then(
          (found) => told.push(found.length),
          (error: { code?: string }) => told.push(error.code),
        );
    const one = [{ id: 1, bytes: new Uint8Array(32).fill(1) }];
    await window.face.webCryptoKeys('a').save(one);
    await window.face.webCryptoKeys('b').save(one);
    let moved: unknown;
    await change('a', (value) => (moved = value));
    await change('b', () => moved);
    await load('b');
    await change('a', (value) => {
      new Uint8Array(value['sealed'] as ArrayBuffer)[5]! ^= 1;
      return value;
    });
    await load('a');
    await change('a', () => 'nonsense');
    await load('a');
    return told;
  });
  assert.deepEqual(told, ['KEYS_UNREADABLE', 'KEYS_UNREADABLE', 'KEYS_UNREADABLE']);
});

test('a browser killed while keys are being saved has those before or those after, and never none', async (context) => {
  const profileDir = await mkdtemp(join(tmpdir(), 'keys-'));
  let onDisk = await startKillableChromium(profileDir);
  context.after(async () => {
    await onDisk.kill();
    await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
  });
  let saved = 0;
  for (const waitMs of [5, 25, 60]) {
    await openApp(onDisk.page);
    await onDisk.page.exposeFunction('tell', (id: number) => (saved = id));
    void onDisk.page
      .evaluate(async (first) => {
        const { tell } = window as unknown as { tell: (id: number) => Promise<void> };
        const { key } = window.keyContract;
        const keys = window.face.webCryptoKeys('till');
        for (let id = first; ; id += 1) {
          await keys.save([key(id + 1), key(id)]);
          await tell(id);
        }
      }, saved + 1)
      .catch(() => undefined);
    const before = saved;
    while (saved === before) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    await onDisk.kill();
    onDisk = await startKillableChromium(profileDir);
    await openApp(onDisk.page);
    const found = await onDisk.page.evaluate(() => window.keyContract.ids(window.face.webCryptoKeys('till')));
    const [newer = 0, older = 0] = found;
    assert.equal(newer, older + 1);
    assert.ok(older >= saved && older <= saved + 1, `${older} is there, ${saved} was told`);
    saved = older;
  }
});

test('a page that is not from a safe origin has no place for keys, and is told so', async () => {
  const page = await freshPage();
  const told = await page.evaluate(async () => {
    Object.defineProperty(crypto, 'subtle', { value: undefined });
    const keys = window.face.webCryptoKeys('till');
    const codes = [keys.load(), keys.save([]), keys.erase()].map((asked) =>
      asked.then(
        () => 'accepted',
        (error: { code?: string }) => error.code,
      ),
    );
    return [...(await Promise.all(codes)), 'keys' in (await window.face.indexedDbStorage('till'))];
  });
  assert.deepEqual(told, ['HOST_INCOMPLETE', 'HOST_INCOMPLETE', 'HOST_INCOMPLETE', false]);
});

test('the store of a browser keeps its keys under its own name', async () => {
  const page = await freshPage();
  const found = await page.evaluate(async () => {
    const { keys } = await window.face.indexedDbStorage('till');
    await keys?.save([{ id: 5, bytes: new Uint8Array(32).fill(5) }]);
    return (await window.face.webCryptoKeys('till').load()).map(({ id }) => id);
  });
  assert.deepEqual(found, [5]);
});
