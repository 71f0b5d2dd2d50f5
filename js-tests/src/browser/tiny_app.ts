/**
 * The smallest app there is: a page with the built package as `window.face`, and a server that passes the engine's requests
 * on while `online` says so. Being one's own app leaves out everything of the demo that is not under test.
 */
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type * as Face from '@auraconnect/offline-sync';
import type { Engine } from '@auraconnect/offline-sync';
import type * as Background from '@auraconnect/offline-sync/background';

declare global {
  interface Window {
    /** Everything that the package exports. */
    face: typeof Face;
    /** Everything that the package's entry for work in the background exports. */
    background: typeof Background;
    /** The engine a test has opened in this page. */
    engine?: Engine;
    /** The laws of a store. */
    contract: typeof import('../storage/contract.ts');
    /** The laws of a key provider. */
    keyContract: typeof import('../keys/contract.ts');
    /** What is sold again and again. */
    sale: typeof import('../kills/sale.ts');
  }
}

/** A running app. */
export interface TinyApp {
  readonly url: string;
  /** Whether requests of the engine reach the server. */
  online: boolean;
  /** Requests of the engine so far, passed on or not. */
  requests: number;
  stop(): void;
}

const page = `<!doctype html><title>Tiny app</title><script type="module">
  import * as face from './engine.js';
  import * as background from './background.js';
  import * as contract from './contract.js';
  import * as keyContract from './key_contract.js';
  import * as sale from './sale.js';
  Object.assign(window, { face, background, contract, keyContract, sale });
</script>`;

/** The app's service worker. It keeps how each of its sync events ended, and how often it opened the engine, for a test to read. */
const worker = `
  import { indexedDbStorage, openEngine } from './engine.js';
  import { onBackgroundSync } from './background.js';
  self.synced = { ended: [], opened: 0 };
  const open = async () => {
    self.synced.opened += 1;
    return openEngine({ storage: await indexedDbStorage('till'), serverUrl: location.origin, live: false });
  };
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  addEventListener('sync', (event) => {
    const waitUntil = (work) => {
      event.waitUntil(work);
      work.then(() => self.synced.ended.push('drained'), ({ message }) => self.synced.ended.push(message));
    };
    onBackgroundSync({ tag: event.tag, waitUntil }, open, { timeoutMs: 3_000 });
  });
`;

/** Starts the app; `serverUrl` is where the sync server listens, if there is one. */
export async function startTinyApp(serverUrl?: string): Promise<TinyApp> {
  const engine = await readFile(new URL('../../../pkg/dist/web/index.js', import.meta.url));
  const files: Readonly<Record<string, string | Buffer>> = {
    '/engine.js': engine,
    '/background.js': await readFile(new URL('../../../pkg/dist/web/background.js', import.meta.url)),
    '/worker.js': worker,
    '/contract.js': await bundled('../storage/contract.ts'),
    '/key_contract.js': await bundled('../keys/contract.ts'),
    '/sale.js': await bundled('../kills/sale.ts'),
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path.startsWith('/sync/')) {
      app.requests += 1;
      if (!app.online || serverUrl === undefined) return void request.socket.destroy();
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { authorization = '' } = request.headers;
        const headers = { 'content-type': 'application/json', authorization };
        passOn(`${serverUrl}${path}`, { method: 'POST', headers, body: Buffer.concat(chunks) }, response);
      });
      return;
    }
    response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html');
    response.end(files[path] ?? page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const app: TinyApp = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    online: true,
    requests: 0,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
  return app;
}

function passOn(url: string, init: RequestInit, response: ServerResponse): void {
  fetch(url, init)
    .then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
      response.end(await answer.text());
    })
    .catch(() => response.destroy());
}

async function bundled(path: string): Promise<string> {
  const entry = fileURLToPath(new URL(path, import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: 'esm' });
  return outputFiles[0]?.text ?? '';
}
