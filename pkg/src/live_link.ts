/**
 * Listening for live pokes: a socket over which the server says that something is to be read, never what. It only makes the next
 * exchange come sooner, so nothing depends on it: where it cannot be opened, or breaks, the engine goes on by polling and no app
 * hears of it.
 */
import type { EnginePort } from './engine_port.js';
import { monotonicNowOf, randomBytesOf } from './host.js';
import type { EngineOptions } from './types.js';

/** The subprotocol, which the server names in its answer. */
const PROTOCOL = 'auraconnect.v1';
/** Between two attempts to open the socket, in milliseconds: the first and the largest bound; a wait is random below it. */
const RETRY_MS_FIRST = 1_000;
const RETRY_MS_MAX = 300_000;
/** A socket that lived this long was a good one, in milliseconds: the waiting begins anew after it. */
const GOOD_LIFE_MS = 60_000;
/** How often a sign of life is asked for, in milliseconds. A socket that gave none since the last time is dead. */
const PING_MS = 45_000;

/** Opens a link for a writing handle; absent where nobody listens. */
export type OpenLive = (port: EnginePort) => LiveLink;

/** What a link takes of its surroundings. */
interface Surroundings {
  readonly url: string;
  readonly socket: typeof WebSocket;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly monotonicNow: () => number;
}

/** How links are opened with these options; `undefined` where the app or the platform wants none. */
export function liveOver(options: EngineOptions): OpenLive | undefined {
  const { WebSocket: socket } = globalThis as { WebSocket?: typeof WebSocket };
  if (options.live === false || typeof socket !== 'function') return undefined;
  const url = `${options.serverUrl.replace(/^http/, 'ws').replace(/\/+$/, '')}/sync/live`;
  const surroundings = { url, socket, randomBytes: randomBytesOf(options), monotonicNow: monotonicNowOf(options) };
  return (port) => new LiveLink(port, surroundings);
}

/** The socket of one writing handle, opened and closed as the engine's status says. */
export class LiveLink {
  readonly #port: EnginePort;
  readonly #surroundings: Surroundings;
  #socket: WebSocket | undefined;
  #openedAt: number | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setTimeout> | undefined;
  /** Whether anything was heard since the last ping. */
  #alive = false;
  #failures = 0;
  #closed = false;

  constructor(port: EnginePort, surroundings: Surroundings) {
    this.#port = port;
    this.#surroundings = surroundings;
  }

  /** The status may be another one: listens while the device exchanges with the server, and not otherwise. */
  follow(): void {
    if (this.#closed) return;
    const token = JSON.parse(this.#port.query('{"type":"live_token"}')) as string | null;
    if (token === null) this.#drop();
    else if (!this.#socket && this.#retry === undefined) this.#open(token);
  }

  /** Listens no more. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #open(token: string): void {
    const { socket: Socket, url } = this.#surroundings;
    let socket: WebSocket;
    try {
      // Browsers let a page set no header of a socket: the token goes along as a subprotocol, which the server never names.
      socket = new Socket(url, [PROTOCOL, `bearer.${token}`]);
    } catch {
      this.#failed();
      return;
    }
    this.#socket = socket;
    const ofThis = (happen: () => void) => () => {
      if (this.#socket === socket) happen();
    };
    socket.onopen = ofThis(() => {
      this.#openedAt = this.#surroundings.monotonicNow();
      this.#alive = true;
      this.#pingLater(socket);
    });
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      this.#alive = true;
      const head = headIn(data);
      if (head !== undefined) this.#port.poked(head);
    };
    socket.onclose = ofThis(() => this.#failed());
    // A close follows; without a listener some platforms take an error for the app's.
    socket.onerror = () => undefined;
  }

  #pingLater(socket: WebSocket): void {
    this.#ping = setTimeout(() => {
      if (!this.#alive) {
        this.#failed();
        return;
      }
      this.#alive = false;
      socket.send('ping');
      this.#pingLater(socket);
    }, PING_MS);
  }

  /** There is no socket any more: another attempt follows, later each time. */
  #failed(): void {
    const { monotonicNow, randomBytes } = this.#surroundings;
    if (this.#openedAt !== undefined && monotonicNow() - this.#openedAt >= GOOD_LIFE_MS) this.#failures = 0;
    this.#drop();
    const bound = Math.min(RETRY_MS_FIRST * 2 ** Math.min(this.#failures, 20), RETRY_MS_MAX);
    this.#failures += 1;
    const share = randomBytes(3).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 24;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.follow();
    }, bound * share);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#openedAt = undefined;
    clearTimeout(this.#ping);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      socket?.close();
    } catch {
      // One that never opened may not be closed on some platforms; it is forgotten all the same.
    }
  }
}

/** The number in a poke; `undefined` where it is none. */
function headIn(data: unknown): number | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const { head } = JSON.parse(data) as { head?: unknown };
    return typeof head === 'number' ? head : undefined;
  } catch {
    return undefined;
  }
}
