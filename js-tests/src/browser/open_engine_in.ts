/** Opening the package's engine inside a page of the tiny app. */
import type { Enrolment } from '@auraconnect/offline-sync';
import type { Page } from 'playwright-core';

/** Opens the app's page and in it the engine; tells `opened` or the code of the refusal. */
export async function openEngineIn(page: Page, url: string, enrolment?: Enrolment): Promise<string> {
  await page.goto(url);
  await page.waitForFunction(() => window.face !== undefined);
  return page.evaluate(
    async (given) => {
      const options = {
        storage: await window.face.indexedDbStorage('till'),
        serverUrl: location.origin,
        staffId: 'stf_mara',
        pullIntervalMs: 3_600_000,
      };
      return window.face.openEngine(given === undefined ? options : { ...options, enrolment: given }).then(
        (engine) => {
          window.engine = engine;
          return 'opened';
        },
        (error: { code?: string }) => error.code ?? String(error),
      );
    },
    enrolment as Enrolment | undefined,
  );
}
