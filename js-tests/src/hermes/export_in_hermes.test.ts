import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportFile, importFile, makeExportKeys } from '@auraconnect/offline-sync/export';
import { cheap, longExport, PaperEngine } from '../export/paper_engine.ts';
import { hermesBinary, runInHermes } from './run_in_hermes.ts';

const skip = hermesBinary() === null ? 'the npm registry has no Hermes for this platform' : false;
const passphrase = 'quay lantern oyster nine';
const text = longExport();

/** Runs `body` in an async function beside the React Native build of the entry. Returns what it tells. */
async function inHermes<Told>(body: string, globals = randomBytes): Promise<Told> {
  const { stdout, stderr, exitCode } = await runInHermes(`
    ${globals}
    const { exportFile, importFile, makeExportKeys } = require('../../../pkg/dist/react-native/export.cjs');
    const hexOf = (bytes) => Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('');
    const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
    (async () => { ${body} })().then(
      (told) => print(JSON.stringify(told)),
      (error) => print(JSON.stringify({ code: error.code, message: String(error.message), stack: error.stack })),
    );
  `);
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout) as Told;
}

/** What react-native-get-random-values sets up, with dice for a test. */
const randomBytes = `
  let dice = 1;
  globalThis.crypto = {
    getRandomValues: (bytes) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = (dice = (dice * 48271) % 2147483647) >> 8;
      return bytes;
    },
  };
`;

test('a file that Hermes seals for a key opens on another till', { skip }, async () => {
  const { recipient, identity } = await makeExportKeys();
  const file = await inHermes<string>(`
    const engine = { exportUnsynced: () => ${JSON.stringify(text)} };
    return hexOf(await exportFile(engine, { recipient: '${recipient}' }));
  `);
  const tillB = new PaperEngine();
  await importFile(tillB, Buffer.from(file, 'hex'), { identity });
  assert.deepEqual(tillB.imported, [text]);
});

test(
  'a file that another till sealed opens in Hermes, by key and by passphrase, and a wrong one is told',
  { skip },
  async () => {
    const { recipient, identity } = await makeExportKeys();
    const byKey = Buffer.from(await exportFile(new PaperEngine(text), { recipient }));
    const byPassphrase = Buffer.from(await exportFile(new PaperEngine(text), { passphrase, ...cheap }));
    const told = await inHermes<{ imported: string[]; codes: string[] }>(`
    const imported = [];
    const engine = { importUnsynced: (text) => Promise.resolve(void imported.push(text)) };
    const byKey = bytesOf('${byKey.toString('hex')}');
    const byPassphrase = bytesOf('${byPassphrase.toString('hex')}');
    await importFile(engine, byKey, { identity: '${identity}' });
    await importFile(engine, byPassphrase, { passphrase: '${passphrase}' });
    const refused = (file, open) => importFile(engine, file, open).then(() => 'taken over', ({ code }) => code);
    const codes = [
      await refused(byKey, { identity: (await makeExportKeys()).identity }),
      await refused(byPassphrase, { passphrase: 'another one' }),
      await refused(byKey.subarray(0, byKey.length - 1), { identity: '${identity}' }),
      await refused(Uint8Array.from([1, 2, 3]), { identity: '${identity}' }),
    ];
    return { imported, codes };
  `);
    assert.deepEqual(told, {
      imported: [text, text],
      codes: ['IMPORT_SEALED', 'IMPORT_SEALED', 'IMPORT_INVALID', 'IMPORT_INVALID'],
    });
  },
);

test(
  'what Hermes seals with a passphrase opens on another till, and keys made there are a pair',
  { skip },
  async () => {
    const { file, keys } = await inHermes<{ file: string; keys: { recipient: string; identity: string } }>(`
    const engine = { exportUnsynced: () => ${JSON.stringify(text)} };
    const file = hexOf(await exportFile(engine, { passphrase: '${passphrase}', workFactor: 10 }));
    return { file, keys: await makeExportKeys() };
  `);
    const tillB = new PaperEngine();
    await importFile(tillB, Buffer.from(file, 'hex'), { passphrase });
    await importFile(tillB, await exportFile(tillB, { recipient: keys.recipient }), { identity: keys.identity });
    assert.deepEqual(tillB.imported, [text, '']);
  },
);

test('without random bytes nothing is sealed, and the refusal says what to install', { skip }, async () => {
  const refusal = await inHermes<{ code: string; message: string }>(
    `const engine = { exportUnsynced: () => '' }; await exportFile(engine, { passphrase: '${passphrase}' });`,
    '',
  );
  assert.equal(refusal.code, 'HOST_INCOMPLETE');
  assert.match(refusal.message, /react-native-get-random-values/);
});
