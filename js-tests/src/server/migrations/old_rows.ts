/**
 * Rows as older versions of the server left them. `rows/0001.sql` was written by a server at migration 0001, and
 * `rows/0001.json` is what its devices know; both are frozen. A later migration adds `rows/<its number>.sql` with rows of the
 * tables and columns that it brings, to be written on top of those before it.
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { RawMutation, RawVerdict } from '../blackbox/raw_device.ts';
import type { LocalServer } from '../local_server.ts';
import type { DeviceEnrolment } from '../restaurant.ts';

const directory = fileURLToPath(new URL('./rows', import.meta.url));

/** What the devices of the old rows know. */
export interface OldDevices {
  readonly adminToken: string;
  readonly locationId: string;
  readonly devices: readonly DeviceEnrolment[];
  readonly incarnation: string;
  /** What the first device has sent, and the verdicts that it was given. */
  readonly mutations: readonly RawMutation[];
  readonly verdicts: readonly RawVerdict[];
  /** A cursor of before the last of them. */
  readonly cursor: string;
}

/** What the devices of migration 0001 know. */
export async function oldDevices(): Promise<OldDevices> {
  return JSON.parse(await readFile(`${directory}/0001.json`, 'utf8')) as OldDevices;
}

/** The numbers of the migrations that have rows, sorted. */
export async function numbersWithRows(): Promise<string[]> {
  return (await readdir(directory))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, 4))
    .sort();
}

/** Writes the rows of one migration; one statement a line. */
export async function writeRows(server: Pick<LocalServer, 'sql'>, number: string): Promise<void> {
  const lines = (await readFile(`${directory}/${number}.sql`, 'utf8')).split('\n');
  for (const line of lines) if (line.trim() !== '' && !line.startsWith('--')) await server.sql(line);
}
