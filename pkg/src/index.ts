/**
 * AuraConnect Offline Sync: take orders with no internet; they reach the server exactly once.
 *
 * ```ts
 * const engine = await openEngine({
 *   storage: await indexedDbStorage('till-b'),
 *   serverUrl: 'https://sync.example.com',
 *   enrolment,
 *   staffId: 'stf_mara',
 * });
 * const order = await engine.orders.open({ tableId: 'tbl_12', guests: 2 }); // on disk when it resolves
 * await engine.orders.addLine(order.orderId, { itemId: 'it_fries' });
 * ```
 */
export { enrolDevice } from './enrol.js';
export type { EnrolOptions } from './enrol.js';
export { EngineError } from './engine_error.js';
export type { FieldAtFault } from './engine_error.js';
export type { KeyProvider, StoreKey } from './keys/key_provider.js';
export { memoryKeys } from './keys/memory.js';
export { secureStoreKeys } from './keys/secure_store.js';
export type { SecureStoreItemOptions, SecureStoreModule } from './keys/secure_store.js';
export { webCryptoKeys } from './keys/web_crypto.js';
export { openEngine } from './open_engine.js';
export type { StorageAdapter, StorageSpace, WriteBatch } from './storage/adapter.js';
export { indexedDbStorage } from './storage/indexed_db.js';
export { memoryStorage } from './storage/memory.js';
export type * from './types.js';
