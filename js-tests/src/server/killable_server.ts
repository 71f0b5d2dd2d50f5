/** The real server as a program that a test can kill as a power cut would, and start again on what is left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./server_program.ts', import.meta.url));

/** A running server. */
export interface KillableServer {
  readonly url: string;
  readonly port: number;
  readonly operatorToken: string;
  /** Ends Node and workerd at once, without a word of warning; resolves when they are gone. */
  kill(): Promise<void>;
}

/** Starts a server on a directory, and again on what a killed one has left there; any free port where `port` is 0. */
export async function startKillableServer(stateDir: string, operatorToken: string, port = 0): Promise<KillableServer> {
  const args = ['--disable-warning=ExperimentalWarning', program, stateDir, String(port), operatorToken];
  // A process group of its own: the signal reaches workerd, which holds the database, at the same moment.
  const child = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const kill = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
    await ended;
  };
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('http://')) continue;
    child.stdout.resume();
    return { url: line, port: Number(new URL(line).port), operatorToken, kill };
  }
  await kill();
  throw new Error('the server ended before it listened');
}
