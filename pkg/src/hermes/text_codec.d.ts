/** What the build makes of scripts/lib/hermes/text_codec.js: UTF-8, written out. */
export declare function encodeUtf8(text: string): Uint8Array;
/** Only what is valid UTF-8. */
export declare function decodeUtf8(bytes: Uint8Array): string;
