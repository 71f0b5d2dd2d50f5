/** A restaurant of its own for each test, set up over HTTP as an operator and an admin would. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { LocalServer } from './local_server.ts';

/** What the server gave a device when it was enrolled, named as the package takes it. */
export interface DeviceEnrolment {
  readonly tenantId: string;
  readonly locationId: string;
  readonly deviceId: string;
  readonly devicePrefix: string;
  readonly deviceToken: string;
}

/** A tenant with one location, the fixture's menu and enrolled devices. */
export interface Restaurant {
  readonly tenantId: string;
  readonly locationId: string;
  readonly adminToken: string;
  /** The menu that was pushed. */
  readonly menu: Readonly<Record<string, unknown>>;
  /** In the order of the names given. */
  readonly devices: readonly DeviceEnrolment[];
  /** Enrols one more device; of a platform that no server has heard of when none is said. */
  enrol(name: string, platform?: string): Promise<DeviceEnrolment>;
  /** Calls an endpoint as the tenant's admin. */
  asAdmin(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Record<string, unknown>>;
}

type Answer = Record<string, unknown>;
type FixtureMenu = { currency: string; currency_exponent: number; menu_version: number; [field: string]: unknown };

async function fixtureMenu(): Promise<FixtureMenu> {
  const path = fileURLToPath(new URL('../../../fixtures/menu.json', import.meta.url));
  return JSON.parse(await readFile(path, 'utf8')) as FixtureMenu;
}

async function call(
  server: Pick<LocalServer, 'url'>,
  method: string,
  path: string,
  body: unknown,
  token?: string,
): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}

/** How a restaurant is called on screen; only where a server holds no other, for ids are made by the server otherwise. */
export interface RestaurantIds {
  readonly tenant_id: string;
  readonly location_id: string;
}

/** Opens a restaurant with these devices. Its tenant is new, so tests may share a server; it lives in the first database. */
export async function openRestaurant(
  server: Pick<LocalServer, 'url' | 'operatorToken'>,
  deviceNames: readonly string[],
  ids?: RestaurantIds,
  database = 'DB',
): Promise<Restaurant> {
  const menu = await fixtureMenu();
  const wanted = { name: 'Saltmarsh', database, ...(ids && { tenant_id: ids.tenant_id }) };
  const tenant = await call(server, 'POST', '/admin/tenants', wanted, server.operatorToken);
  const tenantId = String(tenant['tenant_id']);
  const adminToken = String(tenant['admin_token']);
  const asAdmin: Restaurant['asAdmin'] = (method, path, body) => call(server, method, path, body, adminToken);
  const { currency, currency_exponent } = menu;
  const place = { name: 'Saltmarsh Quay', zone: 'America/New_York', currency, currency_exponent };
  const location = { ...place, ...(ids && { location_id: ids.location_id }) };
  const locationId = String((await asAdmin('POST', '/admin/locations', location))['location_id']);
  await asAdmin('POST', '/sync/menu', { location_id: locationId, base_version: 0, menu });

  const enrol = async (name: string, platform = 'test'): Promise<DeviceEnrolment> => {
    const { code } = await asAdmin('POST', '/admin/enrolment-codes', { location_id: locationId });
    const wish = { code, name, platform, app_version: '0.1.0' };
    const grant = await call(server, 'POST', '/devices/enrol', wish);
    return {
      tenantId: String(grant['tenant_id']),
      locationId: String(grant['location_id']),
      deviceId: String(grant['device_id']),
      devicePrefix: String(grant['device_prefix']),
      deviceToken: String(grant['device_token']),
    };
  };
  const devices: DeviceEnrolment[] = [];
  for (const name of deviceNames) devices.push(await enrol(name));
  return { tenantId, locationId, adminToken, menu, devices, enrol, asAdmin };
}
