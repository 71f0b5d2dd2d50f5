import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

interface Codec {
  readonly encode: (text: string) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => string;
}

/** The codec is plain source that the build pastes into the engine, so it is evaluated here the same way. */
async function codec(): Promise<Codec> {
  const source = await readFile(new URL('../../../scripts/lib/hermes/text_codec.js', import.meta.url), 'utf8');
  const evaluate = new Function(`${source}; return { encode: __encodeUtf8, decode: __decodeUtf8 };`) as () => Codec;
  return evaluate();
}

const samples = [
  '',
  'plain',
  'żółć, crème brûlée, 寿司',
  '🍕'.repeat(5000),
  'a\u0000b\u007f\u0080\u07ff\u0800\uffff',
  '\ud800\udc00\udbff\udfff',
];

test('the codec for old Hermes writes and reads what the standard one does', async () => {
  const { encode, decode } = await codec();
  for (const text of samples) {
    assert.deepEqual(encode(text), new TextEncoder().encode(text));
    assert.equal(decode(encode(text)), text);
  }
});

test('a lone surrogate is written as the replacement character, as the standard says', async () => {
  const { encode } = await codec();
  for (const text of ['\ud800', '\udc00x', 'x\ud83c', '\ud800\ud800\udc00']) {
    assert.deepEqual(encode(text), new TextEncoder().encode(text));
  }
});
