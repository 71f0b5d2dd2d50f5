/** Bodies as the running Worker meets them: packed, cut short, declared wrongly, without a declared length. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { only, sharedServer } from '../engine/shared_server.ts';
import { RawDevice, type RawReply } from './blackbox/raw_device.ts';
import { rowCounts } from './ledger.ts';
import { openRestaurant } from './restaurant.ts';

const server = sharedServer();
const bodyBytesMax = 512 * 1024;
const deepest = 16;

interface Sent {
  readonly body: BodyInit;
  readonly encoding?: string;
}

async function openDevice(): Promise<RawDevice> {
  return new RawDevice(server().url, only((await openRestaurant(server(), ['Till A'])).devices));
}

function send(device: RawDevice, { body, encoding }: Sent): Promise<Response> {
  return fetch(`${server().url}/sync/orders`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${device.enrolment.deviceToken}`,
      'content-type': 'application/json',
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    },
    body,
    // What Node asks of a body that is a stream.
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
}

const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

/** A sound exchange with spaces before its end, so many bytes in all. */
const padded = (text: string, bytes: number) => `${text.slice(0, -1)}${' '.repeat(bytes - text.length)}}`;

/** In chunks, so that no length is declared. */
function inChunks(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(sent, sent + 16_384));
      sent += 16_384;
    },
  });
}

/** Everything that is sent in place of a sound exchange, and what is said of it. */
const refused: readonly (readonly [what: string, status: number, code: string, sent: (sound: string) => Sent])[] = [
  [
    'a bomb of ten million zeros',
    413,
    'BODY_TOO_LARGE',
    () => ({ body: gzipSync(Buffer.alloc(10_000_000)), encoding: 'gzip' }),
  ],
  [
    'gzip that is cut short',
    400,
    'MALFORMED_BODY',
    (sound) => ({ body: gzipSync(sound).subarray(0, -9), encoding: 'gzip' }),
  ],
  [
    'gzip with something behind it',
    400,
    'MALFORMED_BODY',
    (sound) => ({ body: Buffer.concat([gzipSync(sound), gzipSync(sound)]), encoding: 'gzip' }),
  ],
  ['plain JSON that is called gzip', 400, 'MALFORMED_BODY', (sound) => ({ body: sound, encoding: 'gzip' })],
  ['gzip that is not called so', 400, 'MALFORMED_BODY', (sound) => ({ body: gzipSync(sound) })],
  [
    'brotli',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    (sound) => ({ body: brotliCompressSync(Buffer.from(sound)), encoding: 'br' }),
  ],
  [
    'gzip in gzip',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    (sound) => ({ body: gzipSync(gzipSync(sound)), encoding: 'gzip, gzip' }),
  ],
  [
    'a declared length of one byte over the limit',
    413,
    'BODY_TOO_LARGE',
    (sound) => ({ body: padded(sound, bodyBytesMax + 1) }),
  ],
  [
    'chunks of one byte over the limit',
    413,
    'BODY_TOO_LARGE',
    (sound) => ({ body: inChunks(padded(sound, bodyBytesMax + 1)) }),
  ],
  [
    'a key that stands twice',
    422,
    'INVALID_REQUEST',
    (sound) => ({ body: sound.replace('"limit":', '"limit":1,"limit":') }),
  ],
  [
    'a key that stands twice, deep in a packed body',
    422,
    'INVALID_REQUEST',
    (sound) => ({ body: gzipSync(sound.replace('"guests":2', '"guests":2,"gue\\u0073ts":3')), encoding: 'gzip' }),
  ],
  [
    'JSON nested one level too deep',
    422,
    'INVALID_REQUEST',
    (sound) => ({ body: sound.replace(/\}$/, `,"later":${'['.repeat(deepest)}${']'.repeat(deepest)}}`) }),
  ],
];

for (const [what, status, code, sent] of refused) {
  test(`${what} is refused with ${status} ${code}, and the sound body is taken after it`, async () => {
    const device = await openDevice();
    const sound = device.body([device.opens(1)]);
    const before = await rowCounts(server());
    assert.deepEqual(await codeOf(await send(device, sent(sound))), [status, code]);
    assert.deepEqual(await rowCounts(server()), before, 'nothing was written');
    const taken = await send(device, { body: sound });
    assert.deepEqual(
      ((await taken.json()) as RawReply).verdicts.map(({ outcome, replayed }) => [outcome, replayed]),
      [['applied', false]],
    );
  });
}

test('a packed body, one at the limit and one in chunks are each taken for what they say', async () => {
  const device = await openDevice();
  const sound = device.body([device.opens(1)]);
  const atTheLimit = padded(sound, bodyBytesMax);
  assert.equal(Buffer.byteLength(atTheLimit), bodyBytesMax);
  const deep = sound.replace(/\}$/, `,"later":${'['.repeat(deepest - 1)}${']'.repeat(deepest - 1)}}`);
  const bodies: readonly Sent[] = [
    { body: gzipSync(sound), encoding: 'gzip' },
    { body: sound, encoding: 'identity' },
    { body: atTheLimit },
    { body: inChunks(atTheLimit) },
    { body: gzipSync(atTheLimit), encoding: 'GZIP' },
    { body: deep },
  ];
  for (const [place, sent] of bodies.entries()) {
    const answer = await send(device, sent);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    const [verdict] = (JSON.parse(text) as RawReply).verdicts;
    assert.deepEqual([verdict?.outcome, verdict?.replayed], ['applied', place > 0], `body ${place}`);
  }
});

test('a declared length over the limit is refused before any of the body has come', async () => {
  const device = await openDevice();
  const { hostname, port } = new URL(server().url);
  const socket = connect(Number(port), hostname);
  try {
    socket.write(
      [
        'POST /sync/orders HTTP/1.1',
        `Host: ${hostname}:${port}`,
        `Authorization: Bearer ${device.enrolment.deviceToken}`,
        'Content-Type: application/json',
        `Content-Length: ${bodyBytesMax + 1}`,
        '\r\n',
      ].join('\r\n'),
    );
    let said = '';
    for await (const piece of socket) {
      said += String(piece);
      if (said.includes('BODY_TOO_LARGE')) break;
    }
    assert.match(said, /^HTTP\/1\.1 413 /);
    assert.match(said, /"code":"BODY_TOO_LARGE"/);
  } finally {
    socket.destroy();
  }
});
