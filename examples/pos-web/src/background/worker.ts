/**
 * What the service worker does for a till whose page is closed: it sends what waits when the browser sees a network again. Built as
 * a script of its own, which the generated service worker imports.
 */
import { indexedDbStorage, openEngine } from '@auraconnect/offline-sync';
import { type BackgroundSyncEvent, onBackgroundSync } from '@auraconnect/offline-sync/background';
import { BACKGROUND_TAG_PREFIX, storeName } from './tags.ts';

addEventListener('sync', (event) => {
  const sync = event as Event & BackgroundSyncEvent;
  if (!sync.tag.startsWith(BACKGROUND_TAG_PREFIX)) return;
  const deviceId = sync.tag.slice(BACKGROUND_TAG_PREFIX.length);
  onBackgroundSync(sync, async () =>
    openEngine({ storage: await indexedDbStorage(storeName(deviceId)), serverUrl: location.origin, live: false }),
  );
});
