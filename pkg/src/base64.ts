/** Base64 as in RFC 4648 with padding. Written out here because not every React Native has `btoa`, and none takes bytes. */

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Bytes that become one piece of text: enough to be quick, few enough to be arguments of one call. */
const PIECE_BYTES = 3 * 1024;
const INVALID = 255;

const codes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
const places = new Uint8Array(256).fill(INVALID);
codes.forEach((code, place) => {
  places[code] = place;
});

/** The bytes as text. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    text += pieceToBase64(bytes.subarray(start, start + PIECE_BYTES));
  }
  return text;
}

function pieceToBase64(piece: Uint8Array): string {
  const coded = new Uint8Array(Math.ceil(piece.length / 3) * 4).fill('='.charCodeAt(0));
  for (let from = 0, to = 0; from < piece.length; from += 3, to += 4) {
    const left = piece.length - from;
    const bits = ((piece[from] ?? 0) << 16) | ((piece[from + 1] ?? 0) << 8) | (piece[from + 2] ?? 0);
    coded[to] = codes[bits >> 18] ?? 0;
    coded[to + 1] = codes[(bits >> 12) & 63] ?? 0;
    if (left > 1) coded[to + 2] = codes[(bits >> 6) & 63] ?? 0;
    if (left > 2) coded[to + 3] = codes[bits & 63] ?? 0;
  }
  return String.fromCharCode(...coded);
}

/** The bytes of a text; `undefined` where it is not what {@link toBase64} writes. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const letterCount = text.length - padding;
  for (let from = 0, to = 0; from < text.length; from += 4, to += 3) {
    let bits = 0;
    for (let place = from; place < from + 4; place += 1) {
      const value = place < letterCount ? (places[text.charCodeAt(place)] ?? INVALID) : 0;
      if (value === INVALID) return undefined;
      bits = (bits << 6) | value;
    }
    bytes[to] = bits >> 16;
    // Beyond the end these are dropped, as typed arrays do.
    bytes[to + 1] = (bits >> 8) & 0xff;
    bytes[to + 2] = bits & 0xff;
  }
  return bytes;
}
