// The local server: `wrangler dev` with D1 in .state, in a process group of its own.
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { ensureSecrets } from './dev_vars.mjs';
import { at, root, shown, toolEnvironment } from './project.mjs';
import { plainError, runQuietly } from './run.mjs';
import { say } from './set_up.mjs';

const stateDir = at('.state');
const logFile = at('.state', 'server.log');
const startMsMax = 60_000;
const stopMsMax = 5_000;
const host = '127.0.0.1';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The operator's secret of this working copy, which has all its secrets from then on. */
export function operatorToken() {
  const { values, added } = ensureSecrets(at('.dev.vars'));
  if (added.length > 0) say(`wrote ${added.join(', ')} into .dev.vars`);
  if (values.OPERATOR_TOKEN === '')
    throw plainError('OPERATOR_TOKEN is empty in .dev.vars; without its line a new one is made');
  return values.OPERATOR_TOKEN;
}

/** Fails with a plain sentence when the port is taken. */
export function requireFreePort(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      const why = error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${error.code})`;
      reject(plainError(`port ${port} ${why}; choose another one: PORT=${port + 1} npm start`));
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

/** Brings the schema of every local database that wrangler.toml names up to date. */
export async function applyMigrations() {
  for (const [, name] of readFileSync(at('wrangler.toml'), 'utf8').matchAll(/^database_name\s*=\s*"([^"]+)"/gm)) {
    const args = ['d1', 'migrations', 'apply', name, '--local', '--persist-to', stateDir];
    await runQuietly('wrangler', args, { env: { CI: 'true' } });
  }
}

/** Starts the server. The caller must `stop` it: it does not end with the terminal's process group. */
export function startServer(port) {
  mkdirSync(stateDir, { recursive: true });
  const log = openSync(logFile, 'w');
  const listen = ['--ip', host, '--port', String(port), '--inspector-port', '0'];
  const child = spawn(
    'wrangler',
    ['dev', ...listen, '--var', 'RATE_LIMITS:off', '--show-interactive-dev-session=false', '--persist-to', stateDir],
    { cwd: root, env: toolEnvironment({ CI: 'true' }), stdio: ['ignore', log, log], detached: true },
  );
  let ended = null;
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve((ended = error.message)));
    child.once('exit', (status, signal) => resolve((ended = `${signal ?? `status ${status}`}`)));
  });

  // Wrangler is a tree of processes; only the group's signal reaches the runtime itself.
  const signalGroup = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };

  return {
    url: `http://${host}:${port}`,
    exited,
    async ready() {
      const until = Date.now() + startMsMax;
      while (Date.now() < until && ended === null) {
        const answer = await fetch(`http://${host}:${port}/health`).catch(() => null);
        if (answer?.ok) return;
        await pause(200);
      }
      const lastLines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-30).join('\n');
      const why = ended === null ? `did not answer within ${startMsMax / 1000} s` : `ended with ${ended}`;
      throw plainError(`the server ${why}; the end of ${shown(logFile)}:\n${lastLines}`);
    },
    async stop() {
      if (child.pid === undefined) return;
      signalGroup('SIGTERM');
      await Promise.race([exited, pause(stopMsMax)]);
      signalGroup('SIGKILL');
    },
  };
}
