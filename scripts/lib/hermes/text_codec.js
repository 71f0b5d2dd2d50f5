// Hermes before its 2025 rewrite has no TextEncoder and no TextDecoder. The glue builds both when it loads, so it gets
// the host's where there are any and this small UTF-8 codec elsewhere.

function __encodeUtf8(text) {
  const bytes = [];
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code < 0xdc00 ? text.charCodeAt(i + 1) : NaN;
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else {
        code = 0xfffd; // a lone surrogate, as the standard's encoder writes it
      }
    }
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return new Uint8Array(bytes);
}

// Only ever given what a Rust `&str` holds, which is valid UTF-8.
function __decodeUtf8(bytes) {
  let text = '';
  let units = [];
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++];
    let code = first;
    if (first >= 0xf0)
      code = ((first & 7) << 18) | ((bytes[i++] & 63) << 12) | ((bytes[i++] & 63) << 6) | (bytes[i++] & 63);
    else if (first >= 0xe0) code = ((first & 15) << 12) | ((bytes[i++] & 63) << 6) | (bytes[i++] & 63);
    else if (first >= 0xc0) code = ((first & 31) << 6) | (bytes[i++] & 63);
    if (code >= 0x10000) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    else units.push(code);
    if (units.length >= 4096) {
      text += String.fromCharCode.apply(null, units);
      units = [];
    }
  }
  return text + String.fromCharCode.apply(null, units);
}

function __newTextEncoder() {
  if (typeof TextEncoder !== 'undefined') return new TextEncoder();
  return {
    encode: __encodeUtf8,
    encodeInto(text, view) {
      const bytes = __encodeUtf8(text);
      view.set(bytes);
      return { read: text.length, written: bytes.length };
    },
  };
}

function __newTextDecoder() {
  if (typeof TextDecoder !== 'undefined') return new TextDecoder('utf-8', { ignoreBOM: true });
  return { decode: (bytes) => (bytes === undefined ? '' : __decodeUtf8(bytes)) };
}
