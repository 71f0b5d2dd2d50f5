import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportFile, importFile, makeExportKeys } from '@auraconnect/offline-sync/export';
import { Decrypter, Encrypter } from 'age-encryption';
import { cheap, longExport, PaperEngine } from './paper_engine.ts';

const passphrase = 'quay lantern oyster nine';
const text = longExport();
const firstLine = (file: Uint8Array) => Buffer.from(file).toString('latin1').split('\n')[0];

/** The file, and the two ways of opening it: the right one and a wrong one of the same kind. */
async function sealedBothWays() {
  const [keys, others] = [await makeExportKeys(), await makeExportKeys()];
  const tillA = new PaperEngine(text);
  return [
    {
      kind: 'passphrase',
      file: await exportFile(tillA, { passphrase, ...cheap }),
      open: { passphrase },
      wrong: { passphrase: `${passphrase}!` },
    },
    {
      kind: 'key',
      file: await exportFile(tillA, { recipient: keys.recipient }),
      open: { identity: keys.identity },
      wrong: { identity: others.identity },
    },
  ] as const;
}

/** Gives the file to an engine that must get nothing of it. */
async function refused(file: Uint8Array, open: Parameters<typeof importFile>[2], code: string, why?: RegExp) {
  const tillB = new PaperEngine();
  await assert.rejects(importFile(tillB, file, open), { name: 'EngineError', code, ...(why && { message: why }) });
  assert.deepEqual(tillB.imported, []);
}

test('what goes into a file comes out of it, by passphrase and by key, and nothing else opens it', async () => {
  for (const { kind, file, open, wrong } of await sealedBothWays()) {
    assert.equal(firstLine(file), 'age-encryption.org/v1');
    const tillB = new PaperEngine();
    await importFile(tillB, file, open);
    assert.deepEqual(tillB.imported, [text], kind);
    await refused(file, wrong, 'IMPORT_SEALED', new RegExp(`the ${kind} does not open the file`));
  }
});

test('a passphrase without a work factor of its own costs what the library thinks right', async () => {
  const file = await exportFile(new PaperEngine(text), { passphrase });
  assert.match(Buffer.from(file).toString('latin1'), /^age-encryption\.org\/v1\n-> scrypt \S+ 18\n/);
  const tillB = new PaperEngine();
  await importFile(tillB, file, { passphrase });
  assert.deepEqual(tillB.imported, [text]);
});

test('a file for a key tells whoever tries a passphrase, and the other way round', async () => {
  const [byPassphrase, byKey] = await sealedBothWays();
  await refused(byKey.file, byPassphrase.open, 'IMPORT_SEALED', /for a key, and not with a passphrase/);
  await refused(byPassphrase.file, byKey.open, 'IMPORT_SEALED', /with a passphrase, and not for a key/);
  await refused(byKey.file, { identity: 'the one in the safe' }, 'IMPORT_SEALED', /not a private key/);
});

test('a key that was pasted with the end of its line opens the file', async () => {
  const [, { file, open }] = await sealedBothWays();
  const tillB = new PaperEngine();
  await importFile(tillB, file, { identity: `  ${open.identity}\n` });
  assert.deepEqual(tillB.imported, [text]);
});

test('a passphrase opens the file whatever way the keyboard composes its letters', async () => {
  const file = await exportFile(new PaperEngine(text), { passphrase: 'fu\u0308r den Su\u0308dwind', ...cheap });
  const tillB = new PaperEngine();
  await importFile(tillB, file, { passphrase: 'f\u00fcr den S\u00fcdwind' });
  assert.deepEqual(tillB.imported, [text]);
});

test('a file that is cut anywhere gives nothing', async () => {
  for (const { file, open } of await sealedBothWays()) {
    const pieces = [0, 1, 21, 22, 40, 100, 130, 199, 230, 260, 65_536, 65_800, file.length - 17, file.length - 1];
    for (const length of pieces) await refused(file.subarray(0, length), open, 'IMPORT_INVALID');
  }
});

test('a file in which one bit is another gives nothing, wherever the bit is', async () => {
  for (const { file, open } of await sealedBothWays()) {
    const payload = file.indexOf(0x0a, Buffer.from(file).indexOf('\n--- ') + 1) + 1;
    const places = [...Array(payload).keys(), payload, payload + 15, payload + 16, payload + 70_000, file.length - 1];
    for (const place of places) {
      const other = file.slice();
      other[place] = (other[place] ?? 0) ^ 1;
      const tillB = new PaperEngine();
      const outcome = await importFile(tillB, other, open).then(
        () => 'taken over',
        ({ code }: { code: string }) => code,
      );
      const expected = place < payload ? ['IMPORT_INVALID', 'IMPORT_SEALED'] : ['IMPORT_INVALID'];
      assert.ok(expected.includes(outcome), `byte ${place}: ${outcome}`);
      assert.deepEqual(tillB.imported, []);
    }
  }
});

test('a file of something else is none', async () => {
  const [{ open }] = await sealedBothWays();
  const others = [
    '',
    '{"format":1}',
    'age-encryption.org/v2\n',
    '\u0089PNG\r\n',
    '-----BEGIN AGE ENCRYPTED FILE-----\n',
  ];
  for (const other of others) await refused(Buffer.from(other, 'latin1'), open, 'IMPORT_INVALID');
});

test('nothing of what is inside can be read in the file', async () => {
  const canaries = ['Mara Quinn', 'stf_mara', 'no nuts please', 'dev_token_7f3a', 'ten_saltmarsh', 'add_payment'];
  const { recipient } = await makeExportKeys();
  for (const seal of [{ recipient }, { passphrase, ...cheap }]) {
    const file = Buffer.from(await exportFile(new PaperEngine(JSON.stringify(canaries)), seal));
    for (const canary of [...canaries, passphrase]) {
      for (const encoding of ['utf8', 'utf16le', 'base64', 'hex'] as const) {
        assert.ok(!file.includes(Buffer.from(canary, 'utf8').toString(encoding)), `${canary} as ${encoding}`);
      }
    }
  }
});

test('two files of the same are not the same', async () => {
  const { recipient } = await makeExportKeys();
  for (const seal of [{ recipient }, { passphrase, ...cheap }]) {
    const [one, other] = [await exportFile(new PaperEngine(text), seal), await exportFile(new PaperEngine(text), seal)];
    assert.notDeepEqual(one, other);
    assert.equal(one.length, other.length);
  }
});

test('what cannot seal is refused before anything is read', async () => {
  const unread = {
    exportUnsynced: () => {
      throw new Error('it was read');
    },
  };
  const seals = [
    { passphrase: '' },
    { passphrase: '7 chars' },
    { passphrase: 'e\u0308'.repeat(7) },
    { passphrase: undefined as unknown as string },
    { passphrase, workFactor: 9 },
    { passphrase, workFactor: 21 },
    { passphrase, workFactor: 12.5 },
    { recipient: '' },
    { recipient: 'age1' },
    { recipient: (await makeExportKeys()).identity },
  ];
  for (const seal of seals)
    await assert.rejects(exportFile(unread, seal), { name: 'EngineError', code: 'OPTION_INVALID' });
});

test('a refusal of the engine comes through as it is', async () => {
  const [{ file, open }] = await sealedBothWays();
  const refusal = Object.assign(new Error('the export is of another location'), { code: 'IMPORT_INVALID' });
  await assert.rejects(importFile({ importUnsynced: () => Promise.reject(refusal) }, file, open), refusal);
});

test('any program that reads age files opens ours, and we open theirs', async () => {
  const [byPassphrase, byKey] = await sealedBothWays();
  const plain = new Decrypter();
  plain.addPassphrase(byPassphrase.open.passphrase);
  plain.addIdentity(byKey.open.identity);
  assert.equal(await plain.decrypt(byPassphrase.file, 'text'), text);
  assert.equal(await plain.decrypt(byKey.file, 'text'), text);

  const { recipient, identity } = await makeExportKeys();
  const theirs = new Encrypter();
  for (const each of [(await makeExportKeys()).recipient, recipient]) theirs.addRecipient(each);
  const tillB = new PaperEngine();
  await importFile(tillB, await theirs.encrypt(text), { identity });
  assert.deepEqual(tillB.imported, [text]);
});
