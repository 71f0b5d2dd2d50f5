// Starting other programs: they show their own output, and a failure stops the script with the command that failed.
import { spawn, spawnSync } from 'node:child_process';
import { root, toolEnvironment } from './project.mjs';

/** A program ended with a failure. What it had to say is already on the screen or in the message. */
export class CommandFailed extends Error {
  constructor(command, status, output = '') {
    super(`${command} ended with ${status}${output === '' ? '' : `\n${output}`}`);
    this.name = 'CommandFailed';
  }
}

/** Runs a program with its output on the screen. */
export function run(program, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: toolEnvironment(env), stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', (error) => reject(new CommandFailed(`${program}: ${error.message}`, 'no start')));
    child.once('exit', (status, signal) => {
      if (status === 0) resolve();
      else reject(new CommandFailed([program, ...args].join(' '), signal ?? `status ${status}`));
    });
  });
}

/** Runs a program silently and returns what it printed; its output is shown only when it fails. */
export function runQuietly(program, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: toolEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (printed += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.once('error', (error) => reject(new CommandFailed(`${program}: ${error.message}`, 'no start')));
    child.once('close', (status, signal) => {
      if (status === 0) resolve(printed);
      else reject(new CommandFailed([program, ...args].join(' '), signal ?? `status ${status}`, `${printed}${errors}`));
    });
  });
}

/** What a program prints when asked something, or null when it is absent or fails. */
export function ask(program, args) {
  const answer = spawnSync(program, args, { cwd: root, env: toolEnvironment(), encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.trim() : null;
}

/** Runs a script's main function; a failed command gives one plain line and a non-zero exit status. */
export async function main(body) {
  try {
    await body(process.argv.slice(2));
  } catch (error) {
    const plain = error instanceof CommandFailed || error?.expected === true;
    console.error(plain ? `\nstopped: ${error.message}` : error);
    process.exitCode = 1;
  }
}

/** An error that a person can act on: only its message is shown. */
export function plainError(message) {
  return Object.assign(new Error(message), { expected: true });
}
