/**
 * What every store must keep to, as laws that run wherever the store does: the same code in Node and inside a page. A new
 * adapter is done when it passes.
 */
import type { StorageAdapter, WriteBatch } from '@auraconnect/offline-sync';

/** Opens the store of this name; a store in memory is a new one each time. */
export type OpenStore = (name: string) => Promise<StorageAdapter>;
/** Checks one law on a store that is used for nothing else; rejects with what was found instead. */
export type Law = (open: OpenStore, name: string) => Promise<void>;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const put = (...pairs: readonly (readonly [string, Uint8Array])[]): WriteBatch => ({ put: pairs, delete: [] });

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

  'keys are listed by prefix in ascending order, however they were written': async (open, name) => {
    const store = await open(name);
    const keys = ['journal/0a', 'journal', 'journal/~', 'journalist', 'journal/00', 'meta/00', 'journal/'];
    for (const key of keys) await store.commit(put([key, text(key)]));
    same(await store.list('journal/'), ['journal/', 'journal/00', 'journal/0a', 'journal/~']);
    same(await store.list('journal/0'), ['journal/00', 'journal/0a']);
    same(await store.list('nothing/'), []);
    same(await store.list(''), [...keys].sort());
  },

  'a batch replaces, adds and deletes together, and deleting what is not there is no fault': async (open, name) => {
    const store = await open(name);
    await store.commit(put(['a', text('1')], ['b', text('1')]));
    await store.commit({
      put: [
        ['a', text('2')],
        ['c', text('2')],
      ],
      delete: ['b', 'never'],
    });
    same(await texts(store, ['a', 'b', 'c']), ['2', undefined, '2']);
    await store.commit({ put: [], delete: [] });
    same(await store.list(''), ['a', 'c']);
  },

  'a batch with a value that cannot be stored is refused whole': async (open, name) => {
    const store = await open(name);
    await store.commit(put(['kept', text('1')]));
    const unstorable = (() => undefined) as unknown as Uint8Array;
    await refused(
      store.commit({
        put: [
          ['kept', text('2')],
          ['new', text('2')],
          ['bad', unstorable],
        ],
        delete: [],
      }),
    );
    same(await store.list(''), ['kept']);
    same(await texts(store, ['kept']), ['1']);
    await store.commit({ put: [['new', text('3')]], delete: ['kept'] });
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

  'values of no bytes and of a megabyte come back as they were': async (open, name) => {
    const store = await open(name);
    const large = Uint8Array.from({ length: 1024 * 1024 }, (_, place) => (place * 31 + (place >> 8)) % 256);
    await store.commit(put(['empty', new Uint8Array()], ['large', large]));
    const [empty, back] = await store.read(['empty', 'large']);
    same(empty?.length, 0);
    same(back?.length, large.length);
    same(
      back?.every((byte, place) => byte === large[place]),
      true,
    );
  },

  'what is stored is a copy: buffers may be reused before and after': async (open, name) => {
    const store = await open(name);
    const buffer = Uint8Array.of(1, 2, 3, 4, 5);
    const writing = store.commit(put(['whole', buffer], ['part', buffer.subarray(1, 3)]));
    buffer.fill(9);
    await writing;
    const [whole, part] = await store.read(['whole', 'part']);
    same(
      [[...(whole ?? [])], [...(part ?? [])]],
      [
        [1, 2, 3, 4, 5],
        [2, 3],
      ],
    );
    whole?.fill(8);
    same([...((await store.read(['whole']))[0] ?? [])], [1, 2, 3, 4, 5]);
  },
};

/** The laws of stores that outlive the page. */
export const durableLaws: Readonly<Record<string, Law>> = {
  'what was committed is there after the store was closed and opened again': async (open, name) => {
    const first = await open(name);
    await first.commit(put(['a', text('1')], ['b', text('2')]));
    await first.commit({ put: [['c', text('3')]], delete: ['a'] });
    await first.close();
    const second = await open(name);
    same(await second.list(''), ['b', 'c']);
    same(await texts(second, ['b', 'c']), ['2', '3']);
  },

  'two names are two stores': async (open, name) => {
    const [one, other] = [await open(name), await open(`${name}-other`)];
    await one.commit(put(['a', text('1')]));
    same(await other.list(''), []);
  },

  'a closed store takes nothing': async (open, name) => {
    const store = await open(name);
    await store.close();
    await refused(store.commit(put(['a', text('1')])));
    same(await (await open(name)).list(''), []);
  },
};

async function texts(store: StorageAdapter, keys: readonly string[]): Promise<(string | undefined)[]> {
  return (await store.read(keys)).map((value) => value && new TextDecoder().decode(value));
}

async function refused(commit: Promise<void>): Promise<void> {
  const outcome = await commit.then(
    () => 'it was accepted',
    () => 'refused',
  );
  same(outcome, 'refused');
}

function same(found: unknown, expected: unknown): void {
  const written = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (part === undefined ? '(nothing)' : part)) ?? '(nothing)';
  if (written(found) !== written(expected)) throw new Error(`found ${written(found)}, expected ${written(expected)}`);
}
