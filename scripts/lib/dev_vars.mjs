// The local server's secrets: random, in a file that is never committed, where wrangler finds them.
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

const random = () => randomBytes(32).toString('hex');

/** What each secret of a new working copy is. */
const secrets = {
  OPERATOR_TOKEN: random,
  GRANT_SIGNING_KEYS: () => `local:${random()}`,
  PIN_SEALING_KEY: random,
};

/** The values of a text of `NAME="value"` lines, by their names. */
function valuesIn(text) {
  const lines = text.matchAll(/^\s*(?:export\s+)?(\w+)\s*=\s*(["']?)(.*?)\2\s*$/gm);
  return Object.fromEntries([...lines].map(([, name, , value]) => [name, value]));
}

/**
 * Adds the secrets that the file lacks: all of them where there is none, those that are newer than an older one. What stands in it
 * stays, also what is empty on purpose. Returns every value by its name, and the names that were added.
 */
export function ensureSecrets(path) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const held = valuesIn(text);
  const added = Object.keys(secrets).filter((name) => held[name] === undefined);
  const lines = added.map((name) => `${name}="${secrets[name]()}"\n`).join('');
  if (lines !== '') appendFileSync(path, text === '' || text.endsWith('\n') ? lines : `\n${lines}`, { mode: 0o600 });
  return { values: { ...held, ...valuesIn(lines) }, added };
}
