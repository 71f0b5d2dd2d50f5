/** Asks the running server what chance comes up with, and holds every answer against the contract. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plantTenant } from '../blackbox/planted_tenant.ts';
import { ask } from '../blackbox/raw_device.ts';
import type { LocalServer } from '../local_server.ts';
import { cases, type Case, type Cast } from './cases.ts';

/** What was asked and answered. */
export interface Tally {
  readonly cases: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Operations that were answered with success at least once, as `POST /sync/orders`. */
  readonly succeeded: ReadonlySet<string>;
}

/** How many cases are drawn at once; the next ones are drawn from the next seed. */
const drawnAtOnce = 250;

/** Asks so many times. The same seed asks the same. */
export async function runContract(server: LocalServer, count: number, seed: number): Promise<Tally> {
  const planted = await plantTenant(server, { word: 'contract', firstOrder: 1 });
  const [device, spare] = planted.devices;
  const cast: Cast = {
    tokens: { operator: server.operatorToken, admin: planted.adminToken, device: device.enrolment.deviceToken },
    // Not the device that asks: whoever is revoked is refused everything.
    ids: [planted.locationId, planted.staffId, spare.enrolment.deviceId, planted.tenantId, ...planted.conflictIds],
  };
  const byKind: Record<string, number> = {};
  const byStatus: Record<string, number> = {};
  const succeeded = new Set<string>();
  for (let done = 0; done < count; done += drawnAtOnce) {
    const drawn = fc.sample(cases(cast), { seed: seed + done, numRuns: Math.min(drawnAtOnce, count - done) });
    for (const one of drawn) {
      const status = await judge(server, one);
      byKind[one.kind] = (byKind[one.kind] ?? 0) + 1;
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      if (status < 300) succeeded.add(`${one.request.method} ${one.request.path.split('?')[0]}`);
    }
  }
  return { cases: count, byKind, byStatus, succeeded };
}

/** Asks once; `ask` itself holds the answer against the contract. */
async function judge(server: LocalServer, { kind, request, expected }: Case): Promise<number> {
  const { status, text } = await ask(server.url, request);
  const what = `${kind}: ${JSON.stringify(request).slice(0, 2_000)}\nwas answered ${status} ${text.slice(0, 500)}`;
  assert.ok(status < 500, what);
  if (expected === 'refused') assert.ok(status >= 400, what);
  if (expected === 'unauthorized') assert.ok(status === 401 || status === 403, what);
  return status;
}

/** What was done, for people. */
export function tallyText({ cases, byKind, byStatus, succeeded }: Tally): string {
  const counts = (counted: Readonly<Record<string, number>>): string =>
    Object.entries(counted)
      .sort()
      .map(([name, number]) => `${name} ${number}`)
      .join(', ');
  return `contract: ${cases} cases, every answer as the contract has it (${counts(byKind)}); answers: ${counts(byStatus)}; ${succeeded.size} paths with success`;
}
