/**
 * The little of the web's platform that sealing a file needs and React Native does not have. The build of the `export` entry
 * for React Native puts these in the places of the globals of the same names, in that one bundle and nowhere else.
 */
import { decodeUtf8, encodeUtf8 } from './text_codec.js';

interface Controller {
  enqueue(chunk: Uint8Array): void;
  close(): void;
}

interface Steps {
  start?(controller: Controller): void;
  transform?(chunk: Uint8Array, controller: Controller): void;
  flush?(controller: Controller): void;
}

/** Steps that a stream is led through. */
export class TransformStream {
  readonly steps: Steps;

  constructor(steps: Steps) {
    this.steps = steps;
  }
}

/** A stream that is read by one reader at a time, piece by piece, and holds back nothing: whatever it is of is in memory. */
export class ReadableStream {
  #pull: () => Promise<Uint8Array | undefined>;

  constructor({ start }: Required<Pick<Steps, 'start'>>) {
    const chunks: Uint8Array[] = [];
    start(controllerOf(chunks));
    this.#pull = () => Promise.resolve(chunks.shift());
  }

  getReader(): { read(): Promise<{ done: boolean; value: Uint8Array | undefined }>; releaseLock(): void } {
    return {
      read: async () => {
        const value = await this.#pull();
        return { done: value === undefined, value };
      },
      releaseLock: () => undefined,
    };
  }

  pipeThrough({ steps }: TransformStream): ReadableStream {
    const chunks: Uint8Array[] = [];
    const controller = controllerOf(chunks);
    let ended = false;
    const piped = new ReadableStream({ start: () => steps.start?.(controller) });
    piped.#pull = async () => {
      while (chunks.length === 0 && !ended) {
        const chunk = await this.#pull();
        if (chunk === undefined) {
          ended = true;
          steps.flush?.(controller);
        } else if (steps.transform) {
          steps.transform(chunk, controller);
        } else {
          controller.enqueue(chunk);
        }
      }
      return chunks.shift();
    };
    return piped;
  }
}

/** All of a stream, at once. */
export class Response {
  readonly #stream: ReadableStream;

  constructor(stream: ReadableStream) {
    this.#stream = stream;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const reader = this.#stream.getReader();
    const chunks: Uint8Array[] = [];
    for (let next = await reader.read(); next.value !== undefined; next = await reader.read()) chunks.push(next.value);
    const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole.buffer;
  }

  async text(): Promise<string> {
    return decodeUtf8(new Uint8Array(await this.arrayBuffer()));
  }
}

/** The platform's, where it has one. */
export class TextEncoder {
  encode(text: string): Uint8Array {
    const { TextEncoder: Platform } = globalThis as { TextEncoder?: typeof TextEncoder };
    return Platform ? new Platform().encode(text) : encodeUtf8(text);
  }
}

/** Asked for the lines of a file's head only, which hold nothing but letters and digits. */
export class TextDecoder {
  readonly decode = decodeUtf8;
}

/**
 * The platform's random bytes, and no WebCrypto: a reference error is how the library hears that there is none, and reckons
 * by itself.
 */
export const crypto = {
  get getRandomValues(): Crypto['getRandomValues'] | undefined {
    return (globalThis as { crypto?: Crypto }).crypto?.getRandomValues;
  },
  subtle: {
    importKey(): never {
      throw new ReferenceError('there is no WebCrypto');
    },
  },
};

function controllerOf(chunks: Uint8Array[]): Controller {
  return { enqueue: (chunk) => void chunks.push(chunk), close: () => undefined };
}
