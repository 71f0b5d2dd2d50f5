// One build at a time in a working copy: two would write the same files. The second waits and then finds little to do.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { at } from './project.mjs';

const lockFile = at('target', 'build.lock');

function holder() {
  try {
    return Number(readFileSync(lockFile, 'utf8'));
  } catch {
    return null;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function tryLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const pid = holder();
    // A build that was killed cannot take its lock away. An empty file is one that is being written right now.
    if (pid !== null && pid !== 0 && !isRunning(pid)) rmSync(lockFile, { force: true });
    return false;
  }
}

/** Runs `body` while no other process of this working copy builds. */
export async function whileNobodyElseBuilds(body) {
  mkdirSync(at('target'), { recursive: true });
  for (let said = false; !tryLock(); said = true) {
    if (!said) console.log(`build     waiting for another build (process ${holder()})`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const unlock = () => {
    if (holder() === process.pid) rmSync(lockFile, { force: true });
  };
  process.once('exit', unlock);
  try {
    return await body();
  } finally {
    unlock();
    process.off('exit', unlock);
  }
}
