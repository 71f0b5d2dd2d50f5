/** The real browser inside a test: the system's Chromium, without a window. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts Chromium, found through the variable CHROMIUM or where Linux distributions put it. The caller closes it. */
export async function startChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? usualPlaces.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('Chromium is missing: set CHROMIUM to where it is');
  // Chromium refuses its sandbox to root, which is who runs in most containers.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}
