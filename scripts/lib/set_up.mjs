// What a fresh clone or a fresh machine lacks. Everything here is quick when it is already there, and uses nothing but
// Node itself until the npm packages are in place.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { at, targetDir } from './project.mjs';
import { ask, plainError, run } from './run.mjs';
import { hashOf, isCurrent, markCurrent } from './stamp.mjs';

/** Tells of what is prepared before the work itself begins. */
export const say = (text) => console.log(`set-up    ${text}`);

/** Installs the npm packages of the lock file when they are absent or the lock file changed. */
export async function ensureNodePackages() {
  const hash = hashOf([at('package-lock.json')]);
  if (isCurrent('npm', hash, [at('node_modules', '.bin', 'esbuild')])) return;
  say('installing npm packages from the lock file');
  await run('npm', ['ci', '--loglevel=error']);
  markCurrent('npm', hash);
}

/** Makes sure that the pinned Rust toolchain can compile to WebAssembly. */
export async function ensureRustTarget() {
  const sysroot = ask('rustc', ['--print', 'sysroot']);
  if (sysroot === null) throw plainError('Rust is missing: install it from https://rustup.rs and run this again');
  if (existsSync(`${sysroot}/lib/rustlib/wasm32-unknown-unknown`)) return;
  if (ask('rustup', ['--version']) === null) {
    throw plainError(`${sysroot} has no wasm32-unknown-unknown target; add it the way this Rust was installed`);
  }
  say('adding the wasm32-unknown-unknown target');
  await run('rustup', ['target', 'add', 'wasm32-unknown-unknown']);
}

/** Installs a tool written in Rust into .tools at exactly this version. */
export async function ensureCargoTool(name, version) {
  if (ask(at('.tools', 'bin', name), ['--version'])?.includes(version)) return;
  say(`compiling ${name} ${version}, once; this takes a few minutes`);
  // How fast these tools run does not matter; how fast they compile does.
  const env = { CARGO_PROFILE_DEV_DEBUG: '0', CARGO_TARGET_DIR: targetDir.tools };
  const args = ['install', `${name}@${version}`, '--debug', '--locked', '--quiet', '--root', at('.tools')];
  await run('cargo', args, { env });
}

function firstOnPath(names) {
  const directories = (process.env.PATH ?? '').split(delimiter);
  return names
    .flatMap((name) => directories.map((directory) => join(directory, name)))
    .find((path) => existsSync(path));
}

/** Where Chromium and its driver are, installed from the system's packages when this may be done. */
export async function ensureChromium() {
  const find = () => ({
    chromium: process.env.CHROMIUM ?? firstOnPath(['chromium', 'chromium-browser', 'google-chrome']),
    chromedriver: process.env.CHROMEDRIVER ?? firstOnPath(['chromedriver']),
  });
  const found = find();
  if (found.chromium !== undefined && found.chromedriver !== undefined) return found;
  if (process.getuid?.() !== 0 || ask('apt-get', ['--version']) === null) {
    throw plainError(
      'Chromium and chromedriver are missing: install both (Debian: apt-get install chromium chromium-driver) ' +
        'or set CHROMIUM and CHROMEDRIVER to where they are',
    );
  }
  say('installing Chromium and its driver');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'chromium-driver'], { env });
  return find();
}
