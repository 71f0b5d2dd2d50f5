/** The real browser inside a test: the system's Chromium, without a window. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is, found through the variable CHROMIUM or where Linux distributions put it, and how it must be run. */
export function chromiumProgram(): { readonly executablePath: string; readonly args: readonly string[] } {
  const executablePath = process.env['CHROMIUM'] ?? usualPlaces.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('Chromium is missing: set CHROMIUM to where it is');
  // Chromium refuses its sandbox to root, which is who runs in most containers.
  return { executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] };
}

/** Starts Chromium. The caller closes it. */
export async function startChromium(): Promise<Browser> {
  const { executablePath, args } = chromiumProgram();
  return chromium.launch({ executablePath, args: [...args] });
}
