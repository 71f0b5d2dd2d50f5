/**
 * The way out for a device that cannot reach the server any more: what it could not deliver goes into a sealed file, and
 * another device of the same location takes it over and delivers it. The mutations keep their ids, so whichever of the two
 * reaches the server first, each takes effect once.
 *
 * The file is an age file (https://age-encryption.org/v1): any program that reads those opens it. What is inside can only
 * be read by who knows the passphrase, or holds the private key; how much is inside can be told from its size.
 */
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient, type Stanza } from 'age-encryption';
import { EngineError } from './engine_error.js';
import type { Engine } from './types.js';

/** The shortest passphrase that seals a file, in characters. */
const PASSPHRASE_CHARACTERS_MIN = 8;
/** As logarithms of 2. Files with a higher cost than the highest are not opened: they would need more than a gigabyte. */
const WORK_FACTOR_MIN = 10;
const WORK_FACTOR_MAX = 20;
/** The kind of the stanza in the head of a file that a passphrase opens. */
const PASSPHRASE_STANZA = 'scrypt';

/** Seals with a passphrase that both devices are told. */
export interface PassphraseSeal {
  /** At least 8 characters; who has the file can try passphrases as long as they like, so four or five random words are right. */
  readonly passphrase: string;
  /**
   * What trying one passphrase costs: 2 to the power of this, in kilobytes of memory. 10 to 20; 18 when absent, which is a
   * quarter of a gigabyte. A lower one is for small devices and wants a longer passphrase.
   */
  readonly workFactor?: number;
}

/** Seals for the holder of a private key. */
export interface RecipientSeal {
  /** `age1…`, as {@link makeExportKeys} gives it. */
  readonly recipient: string;
}

/** A tenant's pair of keys for export files. */
export interface ExportKeys {
  /** `age1…`; goes to every device, and opens nothing. */
  readonly recipient: string;
  /** `AGE-SECRET-KEY-1…`; stays with the tenant, for it opens every file. */
  readonly identity: string;
}

/**
 * Seals what is not settled yet into a file that only who knows the passphrase, or holds the tenant's private key, can open.
 * The device goes on as before: nothing is taken out of its queue.
 *
 * With a passphrase the thread is busy for about a second. Rejects with `OPTION_INVALID`, with `HOST_INCOMPLETE`, and with
 * whatever `exportUnsynced` throws.
 */
export async function exportFile(
  engine: Pick<Engine, 'exportUnsynced'>,
  seal: PassphraseSeal | RecipientSeal,
): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  if ('passphrase' in seal) {
    encrypter.setPassphrase(sealingPassphrase(seal.passphrase));
    if (seal.workFactor !== undefined) encrypter.setScryptWorkFactor(checkedWorkFactor(seal.workFactor));
  } else {
    try {
      encrypter.addRecipient(seal.recipient);
    } catch {
      throw new EngineError('OPTION_INVALID', 'recipient must be a public key, which begins with age1');
    }
  }
  requireCrypto('recipient' in seal);
  return encrypter.encrypt(engine.exportUnsynced());
}

/**
 * Opens such a file and gives it to this device's engine, which delivers it. Resolves once it is durable here; what is known
 * already, here or at the server, takes effect once.
 *
 * Rejects with `IMPORT_SEALED` where the passphrase or the key does not open it, with `IMPORT_INVALID` where it is no such
 * file, is damaged or is of another location, and with `HOST_INCOMPLETE`; then nothing was taken over.
 */
export async function importFile(
  engine: Pick<Engine, 'importUnsynced'>,
  file: Uint8Array,
  open: { readonly passphrase: string } | { readonly identity: string },
): Promise<void> {
  const decrypter = new Decrypter();
  if ('passphrase' in open) decrypter.addPassphrase(asTyped(open.passphrase));
  else addIdentity(decrypter, open.identity);
  requireCrypto('identity' in open);

  // Asked last, when nothing else has opened it: from here a wrong key can be told from a file that is damaged.
  let sealedWith: readonly Stanza[] | undefined;
  decrypter.addIdentity({
    unwrapFileKey: (stanzas) => {
      sealedWith = stanzas;
      return null;
    },
  });
  let text: string;
  try {
    text = await decrypter.decrypt(file, 'text');
  } catch (thrown) {
    if (sealedWith !== undefined) throw new EngineError('IMPORT_SEALED', whyClosed(sealedWith, 'passphrase' in open));
    const why = thrown instanceof Error ? `: ${thrown.message}` : '';
    throw new EngineError('IMPORT_INVALID', `this is not an export file, or it is damaged${why}`);
  }
  await engine.importUnsynced(text);
}

/** A key pair for a tenant: the recipient goes to every device, the identity stays with the tenant. */
export async function makeExportKeys(): Promise<ExportKeys> {
  requireCrypto(true);
  const identity = await generateX25519Identity();
  return { recipient: await identityToRecipient(identity), identity };
}

function sealingPassphrase(passphrase: string): string {
  const typed = asTyped(passphrase);
  if ([...typed].length < PASSPHRASE_CHARACTERS_MIN) {
    throw new EngineError('OPTION_INVALID', `passphrase must have at least ${PASSPHRASE_CHARACTERS_MIN} characters`);
  }
  return typed;
}

/** Keyboards differ in how they compose an accented letter; a passphrase is the same on all of them. */
function asTyped(passphrase: string): string {
  if (typeof passphrase !== 'string') throw new EngineError('OPTION_INVALID', 'passphrase must be a text');
  return passphrase.normalize('NFC');
}

function checkedWorkFactor(workFactor: number): number {
  if (Number.isInteger(workFactor) && workFactor >= WORK_FACTOR_MIN && workFactor <= WORK_FACTOR_MAX) return workFactor;
  throw new EngineError('OPTION_INVALID', `workFactor must be ${WORK_FACTOR_MIN} to ${WORK_FACTOR_MAX}`);
}

function addIdentity(decrypter: Decrypter, identity: string): void {
  try {
    // Pasted from somewhere, as a rule.
    decrypter.addIdentity(identity.trim());
  } catch {
    throw new EngineError('IMPORT_SEALED', 'this is not a private key: it begins with AGE-SECRET-KEY-1');
  }
}

function whyClosed(stanzas: readonly Stanza[], byPassphrase: boolean): string {
  const wantsPassphrase = stanzas.some(({ args }) => args[0] === PASSPHRASE_STANZA);
  if (wantsPassphrase && !byPassphrase) return 'the file is sealed with a passphrase, and not for a key';
  if (!wantsPassphrase && byPassphrase) return 'the file is sealed for a key, and not with a passphrase';
  return byPassphrase ? 'the passphrase does not open the file' : 'the key does not open the file';
}

/** Browsers have the key exchange on `https:` and `localhost` only; random bytes they have everywhere. */
function requireCrypto(forKeys: boolean): void {
  if (typeof crypto === 'undefined' || typeof crypto.getRandomValues !== 'function') {
    const remedy = 'on React Native import react-native-get-random-values first';
    throw new EngineError('HOST_INCOMPLETE', `this platform has no crypto.getRandomValues: ${remedy}`);
  }
  if (forKeys && crypto.subtle === undefined) {
    throw new EngineError('HOST_INCOMPLETE', 'keys work on https: and localhost only: seal with a passphrase here');
  }
}
