// "Nothing changed": a step's stamp holds a hash over the content of everything it reads.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, shown } from './project.mjs';

const notInputs = new Set(['node_modules', 'target', 'dist', 'build', '.git', '.wrangler']);

function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (!notInputs.has(name)) yield* filesUnder(join(path, name));
  }
}

/** One hash over the names and contents of files and folders (absolute paths) and any further text. */
export function hashOf(paths, ...text) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(path))
      hash
        .update(`${shown(file)}\0`)
        .update(readFileSync(file))
        .update('\0');
  }
  for (const part of text) hash.update(part).update('\0');
  return hash.digest('hex');
}

const stampFile = (name) => at('target', 'stamps', name);

/** Whether step `name` last ran on these very inputs and its outputs are still there. */
export function isCurrent(name, hash, outputs) {
  const file = stampFile(name);
  return existsSync(file) && readFileSync(file, 'utf8') === hash && outputs.every((output) => existsSync(output));
}

/** Records that step `name` succeeded on these inputs. */
export function markCurrent(name, hash) {
  const file = stampFile(name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, hash);
}
