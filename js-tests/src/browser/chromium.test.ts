import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startChromium } from './chromium.ts';

// As strict as the demo's: what loads here loads in an app that forbids everything it can.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const page = `<!doctype html><script type="module" src="/main.js"></script>`;
const main = `import * as face from './engine.js'; document.title = typeof face === 'object' ? 'loaded' : 'empty';`;

test('the web build loads in Chromium under a strict content security policy', async () => {
  const engine = await readFile(new URL('../../../pkg/dist/web/index.js', import.meta.url));
  const server = createServer((request, response) => {
    const script = request.url === '/main.js' ? main : request.url === '/engine.js' ? engine : null;
    response.setHeader('content-type', script === null ? 'text/html' : 'text/javascript');
    response.setHeader('content-security-policy', policy);
    response.end(script ?? page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await startChromium();
  try {
    const tab = await browser.newPage();
    const problems: string[] = [];
    tab.on('pageerror', (error) => problems.push(error.message));
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction(() => document.title !== '', undefined, { timeout: 20_000 });
    assert.deepEqual(problems, []);
    assert.equal(await tab.title(), 'loaded');
  } finally {
    await browser.close();
    server.close();
  }
});
