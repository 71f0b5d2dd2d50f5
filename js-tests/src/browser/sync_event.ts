/** Background Sync's event, sent through the debugger as the browser itself sends it when it sees a network. */
import type { CDPSession } from 'playwright-core';

/** How the browser calls the first registration of a service worker that it tells of; the session's domain is not enabled yet. */
export async function registrationIn(session: CDPSession): Promise<string> {
  const told = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: [registration] }) => {
      if (registration) resolve(registration.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  return told;
}

/** Sends the event to the service worker of a site. */
export async function sendSyncEvent(
  session: CDPSession,
  url: string,
  registrationId: string,
  tag: string,
): Promise<void> {
  const { origin } = new URL(url);
  await session.send('ServiceWorker.dispatchSyncEvent', { origin, registrationId, tag, lastChance: false });
}
