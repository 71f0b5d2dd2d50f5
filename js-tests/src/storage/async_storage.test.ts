import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { EngineError } from '@auraconnect/offline-sync';
import { asyncStorage } from '@auraconnect/offline-sync/storage/async-storage';
import type { AsyncStorage2, AsyncStorage3 } from '@auraconnect/offline-sync/storage/async-storage';
import { AsyncStorageOnIos } from './async_storage_on_ios.ts';
import { AsyncStorageOfVersion3, AsyncStorageOnAndroid } from './async_storage_on_sqlite.ts';
import { batch, create, noise, outcome, put, text, texts } from './check.ts';
import { durableLaws, fullLaws, laws } from './contract.ts';

const dir = mkdtempSync(join(tmpdir(), 'async-storage-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let folders = 0;
/** A path that nothing lies at yet. */
const newPath = () => join(dir, String((folders += 1)));
const coded = (code: string) => (error: unknown) => error instanceof EngineError && error.code === code;

const ios = (path: string) => new AsyncStorageOnIos(path);
const platforms: Readonly<Record<string, (path: string) => AsyncStorage2 | AsyncStorage3>> = {
  'version 2 on iOS': ios,
  'version 2 on Android': (path) => new AsyncStorageOnAndroid(path),
  'version 3': (path) => new AsyncStorageOfVersion3(path),
};
const smallPlatforms: Readonly<Record<string, (path: string) => AsyncStorage2 | AsyncStorage3>> = {
  'version 2 on an iPhone that is nearly full': (path) => Object.assign(ios(path), { roomCharacters: 1_000_000 }),
  'version 2 on Android with its 6 MB': (path) => new AsyncStorageOnAndroid(path),
  'version 3 on a phone that is nearly full': (path) => new AsyncStorageOfVersion3(path, 1_000_000),
};

for (const [platform, open] of Object.entries(platforms)) {
  for (const [law, check] of Object.entries({ ...laws, ...durableLaws })) {
    test(`in AsyncStorage ${platform}: ${law}`, () => {
      const shared = open(newPath());
      return check((name) => asyncStorage(shared, name), 'till');
    });
  }

  test(`in AsyncStorage ${platform}: what was committed is there when the app is started again`, async () => {
    const path = newPath();
    const store = await asyncStorage(open(path), 'till');
    await store.commit(batch({ create: [['a', noise(50_000)]], put: [['b', text('2')]] }));
    await store.commit(batch({ put: [['b', text('3')]], delete: ['never'] }));
    const again = await asyncStorage(open(path), 'till');
    assert.deepEqual(await again.list(''), ['a', 'b']);
    assert.deepEqual(await again.read(['a', 'b']), [noise(50_000), text('3')]);
  });
}

for (const [platform, open] of Object.entries(smallPlatforms)) {
  for (const [law, check] of Object.entries(fullLaws)) {
    test(`in AsyncStorage ${platform}: ${law}`, () => {
      const shared = open(newPath());
      return check((name) => asyncStorage(shared, name), 'till');
    });
  }
}

test('a crash before any step of a batch leaves each key as it was or as it should be, and deletes nothing too early', async () => {
  const written = ['grows', 'shrinks', 'stays small', 'new/small', 'new/large'] as const;
  const older = {
    grows: 'g',
    shrinks: 's'.repeat(3_000),
    'stays small': 'x',
    'gone/small': 'a',
    'gone/large': 'b'.repeat(3_000),
  };
  const newer = {
    'new/small': '1',
    'new/large': '2'.repeat(3_000),
    grows: 'G'.repeat(3_000),
    shrinks: 'S',
    'stays small': 'X',
  };
  const pairs = (keys: readonly string[], values: Readonly<Record<string, string>>) =>
    keys.map((key) => [key, text(values[key] ?? '')] as const);
  let crashes = 0;
  for (let steps = 0; ; steps += 1) {
    const path = newPath();
    const run = ios(path);
    const store = await asyncStorage(run, 'till');
    await store.commit(put(...pairs(['grows', 'shrinks', 'stays small'], older)));
    await store.commit(create(...pairs(['gone/small', 'gone/large'], older)));
    run.stepsLeft = steps;
    const told = await outcome(
      store.commit(
        batch({
          create: pairs(['new/small', 'new/large'], newer),
          put: pairs(['grows', 'shrinks', 'stays small'], newer),
          delete: ['gone/large', 'gone/small'],
        }),
      ),
    );

    const again = await asyncStorage(ios(path), 'till');
    // Before anything is read: reading makes AsyncStorage forget a key without a text, but only until the next start.
    const listed = await again.list('');
    const found = new Map<string, string | undefined>();
    const keys = [...written, 'gone/small', 'gone/large'];
    (await texts(again, keys)).forEach((value, place) => found.set(keys[place] ?? '', value));
    const isNew = written.map((key) => found.get(key) === newer[key]);
    written.forEach((key, place) => {
      if (!isNew[place]) assert.equal(found.get(key), (older as Record<string, string>)[key], `${key} after ${steps}`);
    });
    assert.ok(!isNew.includes(false) || !isNew.slice(isNew.indexOf(false)).includes(true), `in order, after ${steps}`);
    const gone = (['gone/small', 'gone/large'] as const).filter((key) => found.get(key) !== older[key]);
    if (gone.length > 0) assert.ok(!isNew.includes(false), `deleted too early, after ${steps}`);
    assert.deepEqual(
      [...listed].sort(),
      keys.filter((key) => found.get(key) !== undefined).sort(),
      `listed is what has a value, after ${steps}`,
    );
    await again.commit(batch({ put: [['grows', text('on it goes')]], delete: ['gone/small', 'gone/large'] }));
    assert.deepEqual(await texts(again, ['grows', 'gone/large']), ['on it goes', undefined]);

    if (told === 'accepted') {
      assert.deepEqual([isNew.includes(false), gone.length], [false, 2]);
      break;
    }
    crashes += 1;
  }
  assert.ok(crashes >= 8, `${crashes} crashes were tried`);
});

test('what a batch has created before it is refused is taken away again', async () => {
  const run = ios(newPath());
  const store = await asyncStorage(run, 'till');
  await store.commit(create(['kept', text('1')]));
  run.roomCharacters = 8_000;
  const refused = create(['small', text('1')], ['large', noise(20_000)]);
  assert.equal(await outcome(store.commit(refused)), 'STORAGE_FULL');
  assert.deepEqual(await store.list(''), ['kept']);
  run.roomCharacters = Infinity;
  await store.commit(refused);
  assert.deepEqual(await store.list(''), ['kept', 'large', 'small']);
});

test('keys of the app, and of other stores, are neither listed nor touched', async () => {
  const shared = ios(newPath());
  const foreign = [
    'a',
    'auraconnect',
    'auraconnect/',
    'auraconnect/till',
    'auraconnect/till2/a',
    'auraconnect/a%2Fb/c',
  ];
  for (const key of foreign) await shared.setItem(key, 'mine');
  const store = await asyncStorage(shared, 'till');
  const slashed = await asyncStorage(shared, 'a');
  assert.deepEqual([await store.list(''), await slashed.list('')], [[], []]);
  await store.commit(put(['a', text('1')]));
  await store.commit(batch({ delete: ['a', '../a', '/a'] }));
  for (const [key, value] of await shared.multiGet(foreign)) assert.equal(value, 'mine', key);
});

test('a text that is no value of the store comes back as bytes, for the engine to see that it is damaged', async () => {
  const shared = ios(newPath());
  for (const [key, damaged] of Object.entries({ a: 'b:!!!!', b: 'b:AAA', c: 'something else' })) {
    await shared.setItem(`auraconnect/till/${key}`, damaged);
  }
  const store = await asyncStorage(shared, 'till');
  assert.deepEqual(await texts(store, ['a', 'b', 'c']), ['b:!!!!', 'b:AAA', 'something else']);
});

test('a value that could be written but never be read again is refused', async () => {
  const store = await asyncStorage(new AsyncStorageOnAndroid(newPath()), 'till');
  await store.commit(create(['largest', noise(1_048_576)]));
  assert.equal((await store.read(['largest']))[0]?.length, 1_048_576);
  assert.equal(await outcome(store.commit(create(['larger', noise(1_048_577)]))), 'STORAGE_FAILED');
  assert.deepEqual(await store.list(''), ['largest']);
});

test('what is no AsyncStorage is refused', async () => {
  for (const wrong of [undefined, null, {}, 'till', new Map()]) {
    await assert.rejects(asyncStorage(wrong as never, 'till'), coded('OPTION_INVALID'));
  }
});
