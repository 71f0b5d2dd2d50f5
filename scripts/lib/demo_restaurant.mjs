// The demo's restaurant: the fixture tenant, its menu, its people and two enrolled tills, set up over HTTP as any operator would.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { at } from './project.mjs';
import { plainError } from './run.mjs';

const keptFile = at('.state', 'demo.json');
const browserFile = at('examples', 'pos-web', 'dist', 'demo-tills.json');
const tillNames = ['Till A', 'Till B'];

const fixture = (name) => JSON.parse(readFileSync(at('fixtures', name), 'utf8'));

function writeJson(path, value, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`, { mode });
}

/** The fixture's people who work here now. Those without a PIN are on the roster and cannot sign in. */
const people = () => fixture('staff.json').staff.filter(({ status }) => status === 'active');

async function ask(url, method, path, token, body) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) {
    const start = 'delete .state to begin from nothing';
    throw plainError(`setting up the demo restaurant: ${method} ${path} answered ${answer.status}: ${text}\n${start}`);
  }
  return JSON.parse(text);
}

const post = (url, path, body, token) => ask(url, 'POST', path, token, body);

/** Employs whoever is not employed yet: a restaurant that an older version set up has nobody. Returns how many were. */
async function employ(url, { adminToken }) {
  const { staff } = await ask(url, 'GET', '/admin/staff', adminToken);
  const employed = new Set(staff.map(({ staff_id }) => staff_id));
  const missing = people().filter(({ staff_id }) => !employed.has(staff_id));
  for (const { staff_id, display, role, pin_for_tests: pin } of missing)
    await post(url, '/admin/staff', { staff_id, display, role, ...(pin && { pin }) }, adminToken);
  return missing.length;
}

async function setUp(url, operatorToken) {
  const menu = fixture('menu.json');
  const { tenant_id, location_id } = menu;
  const tenant = await post(url, '/admin/tenants', { tenant_id, name: 'Saltmarsh' }, operatorToken);
  const admin = tenant.admin_token;
  const { currency, currency_exponent } = menu;
  const location = { location_id, name: 'Saltmarsh Quay', zone: 'America/New_York', currency, currency_exponent };
  await post(url, '/admin/locations', location, admin);
  await post(url, '/sync/menu', { location_id, base_version: 0, menu }, admin);
  const tills = [];
  for (const name of tillNames) {
    const { code } = await post(url, '/admin/enrolment-codes', { location_id }, admin);
    const grant = await post(url, '/devices/enrol', { code, name, platform: 'web', app_version: '0.1.0' });
    tills.push({ name, grant });
  }
  return { adminToken: admin, tenantId: tenant_id, locationId: location_id, tills };
}

/** What the demo's pages read: the two tills' credentials, who works here, and the PINs that a newcomer is shown. */
function forBrowser({ tills }) {
  const staff = people();
  const withPin = staff.filter(({ pin_for_tests }) => pin_for_tests !== null);
  return {
    tills: tills.map(({ name, grant }) => ({
      name,
      enrolment: {
        tenantId: grant.tenant_id,
        locationId: grant.location_id,
        deviceId: grant.device_id,
        devicePrefix: grant.device_prefix,
        deviceToken: grant.device_token,
      },
    })),
    staff: staff.map(({ staff_id, display, role }) => ({ staffId: staff_id, display, role })),
    demoPins: Object.fromEntries(withPin.map(({ staff_id, pin_for_tests }) => [staff_id, pin_for_tests])),
  };
}

/** Forgets the credentials when the database they belong to is gone. */
export function forgetWithoutDatabase() {
  if (!existsSync(at('.state', 'v3'))) rmSync(keptFile, { force: true });
}

/** Sets the restaurant up on the first run and hands the browser what it needs on every run. */
export async function ensureDemoRestaurant(url, operatorToken) {
  const first = !existsSync(keptFile);
  if (first) writeJson(keptFile, await setUp(url, operatorToken), 0o600);
  const kept = JSON.parse(readFileSync(keptFile, 'utf8'));
  const hired = await employ(url, kept);
  writeJson(browserFile, forBrowser(kept));
  if (first) return 'restaurant set up: menu, people and two tills';
  return hired === 0 ? 'restaurant as it was' : `restaurant as it was, ${hired} people employed`;
}

/** Waits until the server hands out the tills: it notices a new file among the pages only after a moment. */
export async function untilTillsAreServed(url) {
  const until = Date.now() + 15_000;
  while (Date.now() < until) {
    const answer = await fetch(`${url}/demo-tills.json`).catch(() => null);
    if (answer?.headers.get('content-type')?.includes('json')) return;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw plainError('the server does not hand out /demo-tills.json');
}
