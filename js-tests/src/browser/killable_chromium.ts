/** A Chromium with a profile on disk that a test can kill as a power cut or an out-of-memory killer would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium, type Page } from 'playwright-core';
import { chromiumProgram } from './chromium.ts';

const startMsMax = 30_000;

/** A running browser with one page. */
export interface KillableChromium {
  readonly page: Page;
  /**
   * Ends every one of its programs at once, without a word of warning; resolves when they are gone and everything that its
   * page had said before has been heard.
   */
  kill(): Promise<void>;
}

/** Starts Chromium on a profile, which may be one that a killed Chromium has left. */
export async function startKillableChromium(profileDir: string): Promise<KillableChromium> {
  const { executablePath, args } = chromiumProgram();
  const child = spawn(
    executablePath,
    [
      ...args,
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profileDir}`,
      '--no-first-run',
      'about:blank',
    ],
    // A process group of its own: the signal reaches the renderers and the storage service too.
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'exit');
  let disconnected: Promise<unknown> = Promise.resolve();
  const kill = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
    await ended;
    await disconnected;
  };
  try {
    const browser = await chromium.connectOverCDP(await debuggerOf(child.stderr), { timeout: startMsMax });
    disconnected = new Promise((resolve) => browser.once('disconnected', resolve));
    const [context] = browser.contexts();
    if (context === undefined) throw new Error('Chromium came without a profile');
    return { page: context.pages()[0] ?? (await context.newPage()), kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

/** The address that Chromium prints when it is ready. */
async function debuggerOf(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stderr)) {
    const found = /^DevTools listening on (ws:\/\/\S+)/.exec(line);
    if (found?.[1] !== undefined) return found[1];
  }
  throw new Error('Chromium ended before it was ready');
}
