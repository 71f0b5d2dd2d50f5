/** Opening the engine's core over a store. */
import type { Host } from '../wasm/web/engine.js';
import { EngineError } from './engine_error.js';
import type { EnginePort, JournalEntry, OpenPort, PortHooks } from './engine_port.js';
import { createHost, randomId } from './host.js';
import type { StoreKeys } from './keys/store_keys.js';
import type { CheckedOptions } from './options.js';
import { loadEngineModule } from './wasm_module/inline.js';

/** Opens handles over the store of these options, sealed with these keys. */
export function portsOver(options: CheckedOptions, storeKeys: StoreKeys): OpenPort {
  return async (role, hooks) => {
    const [{ EngineHandle }, { keys, anchor, pepper }] = await Promise.all([
      loadEngineModule(),
      storeKeys.load(role === 'writer'),
    ]);
    const host = createHost(options, storeKeys, (event) => hooks.notify(event));
    const handle = await EngineHandle.open(role === 'writer' ? writing(host, hooks) : reading(host), {
      follower: role === 'replica',
      keys,
      anchor,
      pepper,
      retentionDays: options.retentionDays,
      serverUrl: options.serverUrl,
      appVersion: options.appVersion ?? '0',
      bootId: randomId(options),
      pullIntervalMs: options.pullIntervalMs,
      staffId: options.staffId,
      enrolment: options.enrolment,
    });
    return handle as EnginePort;
  };
}

/** A host that tells of its commits. */
function writing(host: Host, { mayCommit, committed, commitRefused }: PortHooks): Host {
  if (!mayCommit && !committed && !commitRefused) return host;
  return {
    ...host,
    commit: async (...batch: Parameters<Host['commit']>) => {
      if (mayCommit?.() === false) throw new EngineError('KEY_EXISTS', 'another tab writes this store now');
      try {
        await host.commit(...batch);
      } catch (thrown) {
        commitRefused?.((thrown as { code?: string } | undefined)?.code);
        throw thrown;
      }
      committed?.(journalEntries(batch));
    },
  };
}

/** The journal's entries in a batch: what a replica is told. The store's own upkeep is none of its business. */
function journalEntries(batch: Parameters<Host['commit']>): JournalEntry[] {
  const [created, put] = batch;
  return [...put, ...created].filter(([key]) => key.includes('journal/'));
}

/** A host that cannot change anything: what a replica must never do is not left to the replica. */
function reading(host: Host): Host {
  const refuse = (): Promise<never> =>
    Promise.reject(new EngineError('STORE_IN_USE', 'another tab writes this store and speaks for it'));
  return { ...host, commit: refuse, post: refuse };
}
