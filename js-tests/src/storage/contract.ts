/**
 * What every store must keep to, as laws that run wherever the store does: the same code in Node and inside a page. A new
 * adapter is done when it passes.
 */
import type { StorageAdapter } from '@auraconnect/offline-sync';
import { batch, create, noise, outcome, put, same, text, texts } from './check.ts';

/** Opens the store of this name; a store in memory is a new one each time. */
export type OpenStore = (name: string) => Promise<StorageAdapter>;
/** Checks one law on a store that is used for nothing else; rejects with what was found instead. */
export type Law = (open: OpenStore, name: string) => Promise<void>;

/** The laws of every store. */
export const laws: Readonly<Record<string, Law>> = {
  'a new store lists nothing and has no values': async (open, name) => {
    const store = await open(name);
    same(await store.list(''), []);
    same(await store.read(['a', 'b']), [undefined, undefined]);
    same(await store.read([]), []);
  },

  'values are read in the order asked, with nothing where there is nothing': async (open, name) => {
    const store = await open(name);
    await store.commit(put(['a', text('1')], ['b', text('2')]));
    same(await texts(store, ['b', 'missing', 'a', 'b']), ['2', undefined, '1', '2']);
  },

  'hundreds of values are read at once': async (open, name) => {
    const store = await open(name);
    const keys = Array.from({ length: 700 }, (_, place) => `key/${place}`);
    await store.commit(create(...keys.map((key) => [key, text(key)] as const)));
    same(await texts(store, [...keys].reverse()), [...keys].reverse());
    same((await store.list('key/')).length, 700);
    await store.commit(batch({ delete: keys }));
    same(await store.list(''), []);
  },

  'keys are listed by prefix in ascending order, however they were written': async (open, name) => {
    const store = await open(name);
    const keys = ['journal/0a', 'journal', 'journal/~', 'journalist', 'journal/00', 'meta/00', 'journal/'];
    for (const key of keys) await store.commit(put([key, text(key)]));
    same(await store.list('journal/'), ['journal/', 'journal/00', 'journal/0a', 'journal/~']);
    same(await store.list('journal/0'), ['journal/00', 'journal/0a']);
    same(await store.list('nothing/'), []);
    same(await store.list(''), [...keys].sort());
  },

  'keys are listed in the order of their UTF-8 bytes, not of their halves in UTF-16': async (open, name) => {
    const store = await open(name);
    const ascending = ['k/Z', 'k/a', 'k/é', 'k/\ud7ff', 'k/\uffee', 'k/\u{1f355}', 'k/\u{1f355}1', 'k/\u{1f356}'];
    await store.commit(put(...[...ascending].reverse().map((key) => [key, text(key)] as const)));
    same(await store.list('k/'), ascending);
    same(await store.list('k/\u{1f355}'), ['k/\u{1f355}', 'k/\u{1f355}1']);
    same(await texts(store, ['k/\u{1f356}', 'k/é']), ['k/\u{1f356}', 'k/é']);
  },

  'no character in a key or a prefix means anything but itself': async (open, name) => {
    const store = await open(name);
    const keys = [
      'a%b',
      'a_b',
      'axb',
      'a*b',
      'a?b',
      'a[x]b',
      "a'b",
      'a"b',
      'a\\b',
      'a/b',
      'A%b',
      '__proto__',
      'length',
    ];
    for (const key of keys) await store.commit(create([key, text(key)]));
    for (const prefix of ['a%', 'a_', 'a*', 'a?', 'a[', "a'", 'a"', 'a\\', 'A', '_', '__proto__', 'length']) {
      same(
        await store.list(prefix),
        keys.filter((key) => key.startsWith(prefix)),
      );
    }
    same(await texts(store, keys), keys);
    same(await texts(store, ['toString', 'a.b']), [undefined, undefined]);
  },

  'a batch replaces, adds and deletes together, and deleting what is not there is no fault': async (open, name) => {
    const store = await open(name);
    await store.commit(put(['a', text('1')], ['b', text('1')]));
    await store.commit(
      batch({
        create: [['d', text('2')]],
        put: [...put(['a', text('2')], ['c', text('2')]).put],
        delete: ['b', 'never'],
      }),
    );
    same(await texts(store, ['a', 'b', 'c', 'd']), ['2', undefined, '2', '2']);
    await store.commit(batch({}));
    same(await store.list(''), ['a', 'c', 'd']);
  },

  'what exists cannot be created again, and nothing else of such a batch is written': async (open, name) => {
    const store = await open(name);
    await store.commit(create(['taken', text('1')], ['kept', text('1')]));
    const second = batch({
      create: [
        ['new', text('2')],
        ['taken', text('2')],
      ],
      put: [['kept', text('2')]],
      delete: ['kept'],
    });
    same(await outcome(store.commit(second)), 'KEY_EXISTS');
    same(await outcome(store.commit(create(['taken', text('3')]))), 'KEY_EXISTS');
    same(await store.list(''), ['kept', 'taken']);
    same(await texts(store, ['kept', 'taken']), ['1', '1']);
  },

  'what was deleted may be created again': async (open, name) => {
    const store = await open(name);
    await store.commit(create(['a', text('1')]));
    await store.commit(batch({ delete: ['a'] }));
    await store.commit(create(['a', text('2')]));
    same(await texts(store, ['a']), ['2']);
  },

  'of several that create one key at once, one does and the others are told KEY_EXISTS': async (open, name) => {
    const store = await open(name);
    const asked = ['1', '2', '3', '4'].map((value) => outcome(store.commit(create(['a', text(value)]))));
    same(await Promise.all(asked), ['accepted', 'KEY_EXISTS', 'KEY_EXISTS', 'KEY_EXISTS']);
    same(await texts(store, ['a']), ['1']);
  },

  'a batch with a value that cannot be stored is refused whole': async (open, name) => {
    const store = await open(name);
    await store.commit(put(['kept', text('1')]));
    const unstorable = (() => undefined) as unknown as Uint8Array;
    const bad = batch({
      create: [['new', text('2')]],
      put: [
        ['kept', text('2')],
        ['bad', unstorable],
      ],
    });
    same((await outcome(store.commit(bad))) !== 'accepted', true);
    same(await store.list(''), ['kept']);
    same(await texts(store, ['kept']), ['1']);
    await store.commit(batch({ put: [['new', text('3')]], delete: ['kept'] }));
    same(await store.list(''), ['new']);
  },

  'commits given at once are all kept, and of two to one key the later one counts': async (open, name) => {
    const store = await open(name);
    const places = Array.from({ length: 50 }, (_, place) => String(place).padStart(2, '0'));
    await Promise.all(places.map((place) => store.commit(put([`key/${place}`, text(place)], ['last', text(place)]))));
    same(
      await store.list('key/'),
      places.map((place) => `key/${place}`),
    );
    same(await texts(store, ['last', 'key/17']), ['49', '17']);
  },

  'what was committed is read by whoever asks afterwards, while other commits are under way': async (open, name) => {
    const store = await open(name);
    const under = Array.from({ length: 10 }, (_, place) => store.commit(put([`busy/${place}`, noise(20_000)])));
    await store.commit(create(['mine', text('1')]));
    same(await texts(store, ['mine']), ['1']);
    await Promise.all(under);
  },

  'values of no bytes and of a megabyte come back as they were': async (open, name) => {
    const store = await open(name);
    const large = noise(1024 * 1024);
    await store.commit(create(['empty', new Uint8Array()], ['large', large]));
    await store.commit(put(['emptied', new Uint8Array()]));
    const [empty, back, emptied] = await store.read(['empty', 'large', 'emptied']);
    same([empty?.length, emptied?.length], [0, 0]);
    same(back?.length, large.length);
    same(
      back?.every((byte, place) => byte === large[place]),
      true,
    );
    same(await store.list('empt'), ['emptied', 'empty']);
    same(await outcome(store.commit(create(['empty', text('1')]))), 'KEY_EXISTS');
  },

  'values of every length around a text code and of every byte come back as they were': async (open, name) => {
    const store = await open(name);
    const lengths = [1, 2, 3, 4, 5, 255, 256, 257, 767, 768, 769, 3071, 3072, 3073];
    const values = lengths.map((length) => Uint8Array.from({ length }, (_, place) => (255 - place) & 0xff));
    await store.commit(put(...values.map((value, place) => [`value/${place}`, value] as const)));
    const back = await store.read(values.map((_, place) => `value/${place}`));
    same(
      back.map((value) => [...(value ?? [])]),
      values.map((value) => [...value]),
    );
  },

  'what is stored is a copy: buffers may be reused before and after': async (open, name) => {
    const store = await open(name);
    const buffer = Uint8Array.of(1, 2, 3, 4, 5);
    const before = store.commit(put(['before', Uint8Array.of(7)]));
    const writing = store.commit(batch({ create: [['whole', buffer]], put: [['part', buffer.subarray(1, 3)]] }));
    buffer.fill(9);
    await Promise.all([before, writing]);
    const [whole, part] = await store.read(['whole', 'part']);
    same(
      [[...(whole ?? [])], [...(part ?? [])]],
      [
        [1, 2, 3, 4, 5],
        [2, 3],
      ],
    );
    same([whole?.buffer.byteLength, part?.buffer.byteLength], [5, 2]);
    whole?.fill(8);
    same([...((await store.read(['whole']))[0] ?? [])], [1, 2, 3, 4, 5]);
  },

  'how much room there is, is told in bytes or not at all': async (open, name) => {
    const store = await open(name);
    const space = await store.space?.();
    if (space === undefined) return;
    same(Number.isInteger(space.usedBytes) && space.usedBytes >= 0, true);
    same(space.quotaBytes === null || space.quotaBytes >= space.usedBytes, true);
  },
};

/** The laws of stores that outlive the page. */
export const durableLaws: Readonly<Record<string, Law>> = {
  'what was committed is there after the store was closed and opened again': async (open, name) => {
    const first = await open(name);
    await first.commit(put(['a', text('1')], ['b', text('2')]));
    await first.commit(batch({ create: [['c', text('3')]], delete: ['a'] }));
    await first.close();
    const second = await open(name);
    same(await second.list(''), ['b', 'c']);
    same(await texts(second, ['b', 'c']), ['2', '3']);
    same(await outcome(second.commit(create(['c', text('4')]))), 'KEY_EXISTS');
  },

  'two names are two stores, also where one is the beginning of the other': async (open, name) => {
    const [one, other] = [await open(name), await open(`${name}-other`)];
    await one.commit(put(['a', text('1')], ['-other/a', text('1')]));
    same(await other.list(''), []);
    await other.commit(create(['a', text('2')]));
    await one.commit(batch({ delete: ['a'] }));
    same(await texts(other, ['a']), ['2']);
    same(await one.list(''), ['-other/a']);
  },

  'two that hold one store cannot both create a key': async (open, name) => {
    const [one, other] = [await open(name), await open(name)];
    const asked = [one, other, one, other].map((store, place) =>
      outcome(store.commit(create([`entry/${place >> 1}`, text(String(place))]))),
    );
    same((await Promise.all(asked)).sort(), ['KEY_EXISTS', 'KEY_EXISTS', 'accepted', 'accepted']);
    same(await texts(one, ['entry/0', 'entry/1']), await texts(other, ['entry/0', 'entry/1']));
  },

  'a closed store takes and tells nothing': async (open, name) => {
    const store = await open(name);
    await store.close();
    await store.close();
    same(await outcome(store.commit(put(['a', text('1')]))), 'STORAGE_FAILED');
    same(await outcome(store.read(['a'])), 'STORAGE_FAILED');
    same(await outcome(store.list('')), 'STORAGE_FAILED');
    same(await (await open(name)).list(''), []);
  },

  'what was asked before the closing is done': async (open, name) => {
    const store = await open(name);
    const asked = Array.from({ length: 5 }, (_, place) => store.commit(put([`a/${place}`, text('1')])));
    await store.close();
    await Promise.all(asked);
    same((await (await open(name)).list('a/')).length, 5);
  },
};

/** The laws of a store that has room for about a megabyte; `open` gives a new one. */
export const fullLaws: Readonly<Record<string, Law>> = {
  'a store that is full says STORAGE_FULL, has nothing of what it refused and all of what it took': async (
    open,
    name,
  ) => {
    const store = await open(name);
    const taken = await fill(store);
    same(taken.length > 2, true);
    same(await store.list(''), taken);
    for (const [place, value] of (await store.read(taken)).entries()) {
      const given = noise(pieceBytes, place + 1);
      same([value?.length, value?.every((byte, at) => byte === given[at])], [pieceBytes, true]);
    }
  },

  'a full store takes more once something was deleted': async (open, name) => {
    const store = await open(name);
    const taken = await fill(store);
    await store.commit(batch({ delete: taken }));
    same(await store.list(''), []);
    const again = await fill(store);
    same(again.length > 2, true);
    await store.close();
    same(await (await open(name)).list(''), again);
  },
};

const pieceBytes = 32 * 1024;

/** Creates keys until the store is full; tells which it took. */
async function fill(store: StorageAdapter): Promise<string[]> {
  const taken: string[] = [];
  for (let place = 0; place < 400; place += 1) {
    const key = `piece/${String(place).padStart(3, '0')}`;
    const told = await outcome(store.commit(create([key, noise(pieceBytes, place + 1)])));
    if (told === 'accepted') taken.push(key);
    else {
      same(told, 'STORAGE_FULL');
      return taken;
    }
  }
  throw new Error('the store never was full');
}
