/** The pictures in the documentation come out of the tests themselves; they are only replaced when asked for. */
import { mkdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { DemoTill } from './demo_page.ts';

const images = fileURLToPath(new URL('../../../docs/images/', import.meta.url));

/** What a picture may weigh: a page of the documentation shows several. */
const pictureBytesMax = 200_000;

const wide = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** One picture of the page as it is. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE_IMAGES'] !== '1') return;
  // Toasts go by themselves, which a person's click would race with.
  await page.evaluate(() =>
    document.querySelectorAll<HTMLElement>('.toast button').forEach((button) => button.click()),
  );
  await page.mouse.move(0, 0);
  await mkdir(images, { recursive: true });
  const path = `${images}${name}.png`;
  await page.screenshot({ path, animations: 'disabled' });
  const { size } = await stat(path);
  if (size > pictureBytesMax) throw new Error(`${name}.png weighs ${size} bytes, more than ${pictureBytesMax}`);
}

/** The same moment on a wide screen and on a phone, which shows one till at a time: this one. */
export async function takeBothPictures(till: DemoTill, name: string): Promise<void> {
  if (process.env['UPDATE_IMAGES'] !== '1') return;
  const { page } = till;
  await takePicture(page, `${name}-wide`);
  await page.setViewportSize(phone);
  await page.getByTestId(`tab-${till.testId}`).click();
  await takePicture(page, `${name}-phone`);
  await page.setViewportSize(wide);
}
