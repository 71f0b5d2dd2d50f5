/** Appends what it is sent to a file of the origin's private file system, flushes, and answers. */

// The types of pages and of workers do not go together; this is what is used of the worker's.
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
}

const directory = await navigator.storage.getDirectory();
const file = await directory.getFileHandle('floor', { create: true });
const handle = await (
  file as unknown as { createSyncAccessHandle(): Promise<SyncAccessHandle> }
).createSyncAccessHandle();
let end = 0;
self.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
  end += handle.write(data, { at: end });
  handle.flush();
  self.postMessage(end);
};
self.postMessage(0);
