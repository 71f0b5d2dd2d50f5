import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hermesBinary, runInHermes } from './run_in_hermes.ts';

const skip = hermesBinary() === null ? 'the npm registry has no Hermes for this platform' : false;

test('a program of today runs in a Hermes that knows no classes and no async functions', { skip }, async () => {
  const run = await runInHermes(`
    class Till { #name; constructor(name: string) { this.#name = name; } get name() { return this.#name; } }
    async function main() {
      const names = [];
      for (const name of ['A', 'B']) names.push(await Promise.resolve(new Till(name).name));
      await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(names.join(' and '), typeof WebAssembly);
    }
    main();
  `);
  assert.deepEqual(run, { stdout: 'A and B undefined\n', stderr: '', exitCode: 0 });
});

test('an uncaught error ends a program with a non-zero status and its message', { skip }, async () => {
  const run = await runInHermes(`throw new Error('no such table');`);
  assert.notEqual(run.exitCode, 0);
  assert.match(run.stderr, /no such table/);
});

test('the React Native build of the package loads without WebAssembly', { skip }, async () => {
  const run = await runInHermes(`console.log(typeof require('@auraconnect/offline-sync'));`);
  assert.deepEqual(run, { stdout: 'object\n', stderr: '', exitCode: 0 });
});
