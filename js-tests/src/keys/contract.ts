/** What every key provider must keep to, as laws that run wherever it does: the same code in Node and inside a page. */
import type { KeyProvider, StoreKey } from '@auraconnect/offline-sync';
import { noise, outcome, same } from '../storage/check.ts';

/** Opens the provider of this name. */
export type OpenKeys = (name: string) => KeyProvider;
/** Checks one law on a provider that is used for nothing else; rejects with what was found instead. */
export type KeyLaw = (open: OpenKeys, name: string) => Promise<void>;

/** A key that is no other's. */
export const key = (id: number): StoreKey => ({ id, bytes: noise(32, id) });

/** The ids of the keys that are there, once each has been found to be whole. */
export async function ids(provider: KeyProvider): Promise<number[]> {
  const keys = await provider.load();
  for (const { id, bytes } of keys) same([...bytes], [...key(id).bytes]);
  return keys.map(({ id }) => id);
}

/** The laws of every provider. */
export const keyLaws: Readonly<Record<string, KeyLaw>> = {
  'at first there are no keys, and erasing them is no fault': async (open, name) => {
    same(await ids(open(name)), []);
    await open(name).erase();
    same(await ids(open(name)), []);
  },

  'what was saved is loaded, newest first': async (open, name) => {
    const keys = open(name);
    await keys.save([key(3), key(7), key(1)]);
    same(await ids(keys), [7, 3, 1]);
    await keys.save([key(2_147_483_647)]);
    same(await ids(keys), [2_147_483_647]);
  },

  'a save replaces all of them': async (open, name) => {
    const keys = open(name);
    await keys.save([key(1), key(2)]);
    await keys.save([key(3), key(2)]);
    same(await ids(keys), [3, 2]);
    await keys.save([]);
    same(await ids(keys), []);
  },

  'erased keys are gone, and new ones may be saved': async (open, name) => {
    const keys = open(name);
    await keys.save([key(1)]);
    await keys.erase();
    same(await ids(keys), []);
    await keys.save([key(2)]);
    same(await ids(keys), [2]);
  },

  'sixteen keys fit, and a seventeenth is refused': async (open, name) => {
    const keys = open(name);
    const many = Array.from({ length: 17 }, (_, place) => key(place + 1));
    await keys.save(many.slice(0, 16));
    same((await ids(keys)).length, 16);
    same(await outcome(keys.save(many)), 'OPTION_INVALID');
    same((await ids(keys)).length, 16);
  },

  'what is no key is refused, and the old ones stay': async (open, name) => {
    const keys = open(name);
    await keys.save([key(1)]);
    const bad: readonly (readonly StoreKey[])[] = [
      [{ id: 0, bytes: key(1).bytes }],
      [{ id: 2_147_483_648, bytes: key(1).bytes }],
      [{ id: 1.5, bytes: key(1).bytes }],
      [{ id: 2, bytes: new Uint8Array(31) }],
      [key(2), key(2)],
    ];
    for (const each of bad) same(await outcome(keys.save(each)), 'OPTION_INVALID');
    same(await ids(keys), [1]);
  },

  'keys are copies: what is done to them outside changes nothing': async (open, name) => {
    const keys = open(name);
    const given = key(1);
    await keys.save([given]);
    given.bytes.fill(0);
    (await keys.load())[0]?.bytes.fill(0);
    same(await ids(keys), [1]);
  },
};

/** The laws of providers that outlive the page. */
export const durableKeyLaws: Readonly<Record<string, KeyLaw>> = {
  'keys survive that the provider is made anew': async (open, name) => {
    await open(name).save([key(1), key(2)]);
    same(await ids(open(name)), [2, 1]);
  },

  'two names have keys of their own': async (open, name) => {
    await open(name).save([key(1)]);
    await open(`${name}-other`).save([key(2)]);
    await open(name).erase();
    same([await ids(open(name)), await ids(open(`${name}-other`))], [[], [2]]);
  },
};
