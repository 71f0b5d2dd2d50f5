// What other people's packages a bundle holds, with their licences, which ask to be handed on with every copy.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { at } from './project.mjs';

/** The text of all of them, from esbuild's metafiles of the bundles. A package without a licence ends the build. */
export function licencesOf(metafiles) {
  const rooms = metafiles.flatMap(({ inputs }) => Object.keys(inputs)).flatMap((file) => roomOf(file) ?? []);
  const packages = [...new Set(rooms)].map((room) => {
    const { name, version, license } = JSON.parse(readFileSync(at(room, 'package.json'), 'utf8'));
    const file = readdirSync(at(room)).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${name} is bundled and has no licence file`);
    return `${name} ${version} (${license})\n\n${readFileSync(at(room, file), 'utf8').trim()}\n`;
  });
  return packages.sort().join(`\n${'-'.repeat(80)}\n\n`);
}

/** The folder of the package that a file belongs to; none for our own files. */
function roomOf(file) {
  const parts = file.split('/');
  const last = parts.lastIndexOf('node_modules');
  if (last === -1) return undefined;
  const length = parts[last + 1].startsWith('@') ? 3 : 2;
  const room = join(...parts.slice(0, last + length));
  return existsSync(at(room, 'package.json')) ? room : undefined;
}
