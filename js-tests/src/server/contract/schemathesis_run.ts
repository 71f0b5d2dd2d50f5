/**
 * Sets a restaurant up on a local server and has Schemathesis ask it everything that docs/openapi.json allows and forbids.
 * Arguments: the program, then its own options.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plantTenant } from '../blackbox/planted_tenant.ts';
import { startLocalServer } from '../local_server.ts';

const [program = 'schemathesis', ...options] = process.argv.slice(2);

/**
 * What Schemathesis cannot know: a device that was revoked, or a token that was used, ends the credential that it asks with. And
 * what is answered to data that conforms depends on what was done before (numbers of a stream, ids that are taken), so that a refusal
 * is no fault; that what conforms is taken is for the other tests.
 */
const configuration = (tokens: Readonly<Record<string, string>>): string => `
${Object.entries(tokens)
  .map(([scheme, token]) => `[auth.openapi.${scheme}]\nbearer = "${token}"\n`)
  .join('\n')}
[checks]
positive_data_acceptance.enabled = false
`;

const server = await startLocalServer();
const folder = await mkdtemp(join(tmpdir(), 'schemathesis-'));
try {
  const planted = await plantTenant(server, { word: 'contract', firstOrder: 1 });
  const [device] = planted.devices;
  const file = join(folder, 'schemathesis.toml');
  const tokens = {
    operator: server.operatorToken,
    admin: planted.adminToken,
    device: device.enrolment.deviceToken,
  };
  await writeFile(file, configuration(tokens));
  const asked = ['--config-file', file, 'run', `${server.url}/openapi.json`, '--report-dir', folder, ...options];
  const child = spawn(program, asked, { stdio: 'inherit', cwd: folder });
  process.exitCode = await new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
