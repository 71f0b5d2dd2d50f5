/**
 * Sending what waits while no screen of the app is seen. A bonus and never relied on: what is saved waits on the device, and is
 * sent when the app is opened again, whatever a platform does with its background. Nothing here opens an engine by itself.
 */
export { registerBackgroundSync } from './background/page.js';
export { syncInBackground } from './background/task.js';
export type { BackgroundTaskOptions } from './background/task.js';
export { onBackgroundSync } from './background/worker.js';
export type { BackgroundSyncEvent, BackgroundSyncOptions } from './background/worker.js';
