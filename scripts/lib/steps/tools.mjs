// The binding generator, built from this workspace so that its version is the lock file's and nothing is downloaded as
// a binary.
import { existsSync } from 'node:fs';
import { at, targetDir, wasmBindgen } from '../project.mjs';
import { unlessCurrent } from '../progress.mjs';
import { ask, run } from '../run.mjs';
import { hashOf } from '../stamp.mjs';

export async function buildTools() {
  const hash = hashOf([at('tools', 'wbg'), at('rust-toolchain.toml')]);
  return unlessCurrent('tools', hash, [wasmBindgen], async () => {
    if (!existsSync(wasmBindgen))
      console.log('tools     compiling the binding generator, once; this takes a minute or two');
    await run('cargo', ['build', '--quiet', '-p', 'wbg', '--target-dir', targetDir.tools]);
    return ask(wasmBindgen, ['--version']) ?? 'built';
  });
}
