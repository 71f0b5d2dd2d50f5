// Chromium on a profile of its own, as a program of its own, so that closing it is what quitting an app is.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { at } from '../../scripts/lib/project.mjs';
import { plainError } from '../../scripts/lib/run.mjs';

const { chromium } = createRequire(at('js-tests', 'package.json'))('playwright-core');
const startMsMax = 30_000;
const quitMsMax = 20_000;
/** What a browser still does just after its start would be counted to whoever is measured first. */
const settleMs = 400;

const running = new Set();
process.once('exit', () => running.forEach((child) => killGroup(child)));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Starts Chromium on `profileDir` with the bench's page at `url`; `call(name, …)` runs a function of the page. */
export async function startChromium(profileDir, url) {
  const child = spawn(
    process.env.CHROMIUM ?? '/usr/bin/chromium',
    [
      // Chromium refuses its sandbox to root, which is who runs in most containers.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--headless=new',
      '--remote-debugging-port=0',
      '--no-first-run',
      '--disable-gpu',
      '--disable-extensions',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      `--user-data-dir=${profileDir}`,
      'about:blank',
    ],
    // A process group of its own: what is left of it can be ended by its number.
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  running.add(child);
  const ended = once(child, 'exit').then(() => running.delete(child));
  const browser = await chromium.connectOverCDP(await debuggerOf(child.stderr), { timeout: startMsMax });
  const context = browser.contexts()[0] ?? (await browser.newContext());
  let page;
  /** A new page: nothing of the step before is in memory. */
  const newPage = async () => {
    const next = await context.newPage();
    next.setDefaultTimeout(0);
    await page?.close();
    page = next;
    await page.goto(url);
    await page.waitForFunction(() => globalThis.bench !== undefined);
    await page.waitForTimeout(settleMs);
  };
  const call = (name, ...args) => page.evaluate(([name, args]) => globalThis.bench[name](...args), [name, args]);
  return {
    version: browser.version(),
    newPage,
    call,
    /** `call`, and the profiles of what the page has timed in it. */
    profiled: async (...args) => {
      const session = await context.newCDPSession(page);
      const profiles = [];
      session.on('Profiler.consoleProfileFinished', ({ profile }) => profiles.push(profile));
      await session.send('Profiler.enable');
      await session.send('Profiler.setSamplingInterval', { interval: 200 });
      const result = await call(...args);
      await session.send('Profiler.disable');
      await session.detach();
      return { result, profiles };
    },
    quit: async () => {
      const session = await browser.newBrowserCDPSession();
      // The answer may be cut off by the end it asks for.
      await session.send('Browser.close').catch(() => undefined);
      const timer = setTimeout(() => killGroup(child), quitMsMax);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function debuggerOf(stderr) {
  for await (const line of createInterface(stderr)) {
    const found = /^DevTools listening on (ws:\/\/\S+)/.exec(line);
    if (found !== null) {
      stderr.resume();
      return found[1];
    }
  }
  throw plainError('Chromium ended before it was ready');
}
