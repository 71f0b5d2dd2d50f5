/**
 * What the platform itself takes for one durable write of the size of a save: below this no engine gets. The write to a file of
 * the origin's private file system is an experiment beside it; nothing here uses one.
 */
import type { Timing } from './steps.ts';

const bytes = 700;

/** One `put` or `add` of 700 bytes to one store in one strict transaction, awaited. */
export async function idbFloor(kind: 'put' | 'add', count: number): Promise<Timing> {
  const request = indexedDB.open(`floor-${kind}-${performance.timeOrigin}`, 1);
  request.onupgradeneeded = () => request.result.createObjectStore('values');
  await new Promise((resolve, reject) => {
    request.onsuccess = resolve;
    request.onerror = () => reject(request.error);
  });
  const database = request.result;
  const each: number[] = [];
  for (let number = 0; number < count; number += 1) {
    const value = new Uint8Array(bytes).fill(number);
    const start = performance.now();
    const transaction = database.transaction('values', 'readwrite', { durability: 'strict' });
    transaction.objectStore('values')[kind](value, `journal/${number.toString(16).padStart(16, '0')}`);
    transaction.commit();
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    each.push(performance.now() - start);
  }
  database.close();
  return { ms: each.reduce((sum, ms) => sum + ms, 0), each };
}

/** One write of 700 bytes and a flush in a worker that holds the file, with the message there and back. */
export async function fileFloor(count: number): Promise<Timing> {
  const worker = new Worker('/file_worker.js', { type: 'module' });
  const answer = (): Promise<void> =>
    new Promise((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = (event) => reject(new Error(event.message));
    });
  await answer();
  const each: number[] = [];
  for (let number = 0; number < count; number += 1) {
    const start = performance.now();
    const answered = answer();
    worker.postMessage(new Uint8Array(bytes).fill(number));
    await answered;
    each.push(performance.now() - start);
  }
  worker.terminate();
  return { ms: each.reduce((sum, ms) => sum + ms, 0), each };
}
