/**
 * Every endpoint of the server, and how one tenant would use it to reach into another: its own credential with the other's
 * ids in path, body, query and cursor. One row for each endpoint in the table of docs/protocol.md; a new one goes there and here.
 */
import type { PlantedTenant } from './planted_tenant.ts';
import type { RawDevice, RawMutation, RawRequest } from './raw_device.ts';

/** Who may call an endpoint. */
export type Audience = 'anyone' | 'operator' | 'admin' | 'device' | 'admin or device' | 'operator or admin';

/** One endpoint. */
export interface Endpoint {
  /** As in the document, without the query. */
  readonly name: string;
  readonly audience: Audience;
  /** A request as its rightful caller makes it, without the credential; what it names need not exist. */
  readonly plain: Omit<RawRequest, 'token'>;
  /** Requests of `nosy` with everything that it can name of `secret`. */
  readonly swaps: (nosy: PlantedTenant, secret: PlantedTenant) => readonly RawRequest[];
}

const place = { name: 'Stolen room', zone: 'America/New_York', currency: 'USD', currency_exponent: 2 };

/** A device's close of a day on which nothing was sold, without whose it is. */
const emptyClose = {
  schema: 1,
  business_date: '2026-10-31',
  closed_by: 'stf_thief',
  closed_at: '2026-11-01T03:55:00.000Z',
  last_seqs: { orders: 0, shifts: 0 },
  currency: { code: 'USD', exponent: 2 },
  figures: {
    orders_closed: 0,
    open_checks: 0,
    open_due_minor: 0,
    guests: 0,
    gross_minor: 0,
    voids_minor: 0,
    comps_minor: 0,
    discounts_minor: 0,
    included_tax_minor: 0,
    net_minor: 0,
    closed_net_minor: 0,
    service_minor: 0,
    tax_minor: 0,
    total_minor: 0,
    paid_minor: 0,
    refunded_minor: 0,
    tips_minor: 0,
    balance_minor: 0,
    by_tax: {},
    by_payment: {},
    by_refund: {},
    by_staff_tips: {},
    by_hour_local_net: {},
    by_item: {},
    by_category_net: {},
    by_staff_net: {},
    by_order_type_net: {},
  },
  open_checks: [],
};

/** The next mutation of a device's stream, changed where a thief would change it. */
function stolen(
  device: RawDevice,
  { record_id }: RawMutation,
  more: Readonly<Record<string, unknown>> = {},
): RawMutation {
  return { ...device.addsLine(0), record_id, ...more };
}

/** One exchange with each of a few mutations, each in a body of its own. The stream stays contiguous when all are taken. */
function exchanges(device: RawDevice, mutations: readonly RawMutation[], cursor: string | null = null): RawRequest[] {
  const token = device.enrolment.deviceToken;
  return mutations.map((mutation) => ({
    method: 'POST',
    path: '/sync/orders',
    token,
    body: device.body([mutation], cursor),
  }));
}

/** Cursors that someone could make of another's. */
function forgedCursors(nosy: PlantedTenant, secret: PlantedTenant): string[] {
  const epoch = secret.cursor.split('.').at(-2) ?? '';
  return [
    secret.cursor,
    `1.${secret.locationId}.${epoch}.0`,
    `1.${nosy.locationId}.${epoch}.0`,
    `1.${secret.locationId}.${nosy.cursor.split('.').at(-2)}.0`,
  ];
}

function setStatus(what: 'suspend' | 'resume' | 'revoke'): Endpoint {
  return {
    name: `POST /admin/devices/{id}/${what}`,
    audience: 'admin',
    plain: { method: 'POST', path: `/admin/devices/dev_nobody/${what}` },
    swaps: (nosy, secret) =>
      [...secret.devices, secret.suspended].map(({ enrolment }) => ({
        method: 'POST',
        path: `/admin/devices/${enrolment.deviceId}/${what}`,
        token: nosy.adminToken,
      })),
  };
}

/** All of them. */
export const endpoints: readonly Endpoint[] = [
  {
    name: 'POST /sync/orders',
    audience: 'device',
    plain: { method: 'POST', path: '/sync/orders', body: {} },
    swaps: (nosy, secret) => {
      const [mine] = nosy.devices;
      const [theirs] = secret.devices;
      return [
        ...secret.mutations.flatMap((mutation) => exchanges(mine, [stolen(mine, mutation)])),
        ...secret.mutations.flatMap((mutation) => exchanges(mine, [stolen(mine, mutation, { id: mutation.id })])),
        ...exchanges(mine, [
          stolen(mine, secret.mutations[0] as RawMutation, { carried_for: theirs.enrolment.deviceId }),
          stolen(mine, secret.mutations[1] as RawMutation, {
            carried_for: theirs.enrolment.deviceId,
            stamp: (secret.mutations[1] as RawMutation).stamp,
          }),
          stolen(mine, secret.mutations[2] as RawMutation, { actor: secret.mutations[1]?.actor }),
        ]),
        // Their very bytes, under their incarnation and number.
        ...exchanges(theirs, secret.mutations).map((request) => ({ ...request, token: mine.enrolment.deviceToken })),
        ...exchanges(theirs, secret.mutations).map((request) => ({
          ...request,
          token: nosy.suspended.enrolment.deviceToken,
        })),
        ...forgedCursors(nosy, secret).map((cursor) => ({
          method: 'POST',
          path: '/sync/orders',
          token: mine.enrolment.deviceToken,
          body: mine.body([], cursor),
        })),
      ];
    },
  },
  {
    name: 'GET /sync/changes',
    audience: 'device',
    plain: { method: 'GET', path: '/sync/changes' },
    swaps: (nosy, secret) =>
      [...forgedCursors(nosy, secret), ''].flatMap((cursor) =>
        [...nosy.devices, nosy.suspended].map((device) => ({
          method: 'GET',
          path: `/sync/changes?cursor=${cursor}&limit=500&incarnation=${secret.devices[0].incarnation}`,
          token: device.enrolment.deviceToken,
        })),
      ),
  },
  {
    name: 'POST /sync/shifts',
    audience: 'device',
    plain: { method: 'POST', path: '/sync/shifts', body: {} },
    // Their very bytes, and a cursor of theirs.
    swaps: ({ devices: [mine] }, secret) => [
      ...secret.mutations.map((mutation) => ({
        method: 'POST',
        path: '/sync/shifts',
        token: mine.enrolment.deviceToken,
        body: secret.devices[0].body([mutation], null),
      })),
      {
        method: 'POST',
        path: '/sync/shifts',
        token: mine.enrolment.deviceToken,
        body: mine.body([], secret.cursor),
      },
    ],
  },
  {
    name: 'GET /sync/live',
    audience: 'device',
    plain: { method: 'GET', path: '/sync/live' },
    swaps: ({ devices: [mine] }, { locationId }) => [
      { method: 'GET', path: `/sync/live?location_id=${locationId}`, token: mine.enrolment.deviceToken },
    ],
  },
  {
    name: 'POST /sync/close',
    audience: 'device',
    plain: { method: 'POST', path: '/sync/close', body: {} },
    // A close of their device's day, and one that says that it is their location's.
    swaps: ({ locationId: here, devices: [mine] }, { locationId, devices: [theirs] }) =>
      [
        { location_id: locationId, device_id: theirs.enrolment.deviceId },
        { location_id: locationId, device_id: mine.enrolment.deviceId },
        { location_id: here, device_id: theirs.enrolment.deviceId },
      ].map((whose) => ({
        method: 'POST',
        path: '/sync/close',
        token: mine.enrolment.deviceToken,
        body: { incarnation: theirs.incarnation, close: { ...emptyClose, ...whose } },
      })),
  },
  {
    name: 'GET /sync/conflicts',
    audience: 'admin or device',
    plain: { method: 'GET', path: '/sync/conflicts' },
    swaps: ({ adminToken, devices: [mine] }, { locationId }) =>
      [adminToken, mine.enrolment.deviceToken].flatMap((token) =>
        ['open', 'resolved'].map((status) => ({
          method: 'GET',
          path: `/sync/conflicts?status=${status}&location_id=${locationId}`,
          token,
        })),
      ),
  },
  {
    name: 'POST /sync/conflict/resolve',
    audience: 'admin or device',
    plain: { method: 'POST', path: '/sync/conflict/resolve', body: {} },
    swaps: ({ adminToken, devices: [mine] }, { locationId, conflictIds }) =>
      [adminToken, mine.enrolment.deviceToken].flatMap((token) =>
        conflictIds.flatMap((conflict_id) =>
          [{ location_id: locationId }, {}].map((place) => ({
            method: 'POST',
            path: '/sync/conflict/resolve',
            token,
            body: { id: conflict_id, conflict_id, expected_version: 1, choice: 'keep_local', ...place },
          })),
        ),
      ),
  },
  {
    name: 'POST /sync/menu',
    audience: 'admin or device',
    plain: { method: 'POST', path: '/sync/menu', body: {} },
    swaps: ({ adminToken, devices: [mine] }, { locationId, menuVersion, menu }) =>
      [adminToken, mine.enrolment.deviceToken].flatMap((token) =>
        [0, menuVersion].map((base_version) => ({
          method: 'POST',
          path: '/sync/menu',
          token,
          body: { location_id: locationId, base_version, menu: { ...menu, menu_version: menuVersion + 1 } },
        })),
      ),
  },
  {
    name: 'POST /devices/enrol',
    audience: 'anyone',
    plain: { method: 'POST', path: '/devices/enrol', body: {} },
    // A code that is still good is a credential of its own; one that was spent says nothing of whose it was.
    swaps: (nosy, { spentCode }) =>
      [undefined, nosy.adminToken].map((token) => ({
        method: 'POST',
        path: '/devices/enrol',
        ...(token === undefined ? {} : { token }),
        body: { code: spentCode, name: 'Stolen till', platform: 'test', app_version: '1.4.0' },
      })),
  },
  {
    name: 'POST /devices/token',
    audience: 'device',
    plain: { method: 'POST', path: '/devices/token' },
    // It names nobody: what is told and changed is the asker's own. The new token is never used, so the old one goes on.
    swaps: ({ suspended }, { devices: [theirs] }) => [
      {
        method: 'POST',
        path: '/devices/token',
        token: suspended.enrolment.deviceToken,
        body: { device_id: theirs.enrolment.deviceId },
      },
    ],
  },
  {
    name: 'POST /admin/token',
    audience: 'admin',
    plain: { method: 'POST', path: '/admin/token' },
    swaps: ({ adminToken }, { tenantId }) => [
      { method: 'POST', path: '/admin/token', token: adminToken, body: { tenant_id: tenantId } },
    ],
  },
  {
    name: 'PATCH /admin/tenants/{id}',
    audience: 'operator or admin',
    plain: { method: 'PATCH', path: '/admin/tenants/ten_nobody', body: {} },
    swaps: ({ adminToken }, { tenantId }) => [
      { method: 'PATCH', path: `/admin/tenants/${tenantId}`, token: adminToken, body: { name: 'Stolen business' } },
    ],
  },
  {
    name: 'PATCH /admin/locations/{id}',
    audience: 'admin',
    plain: { method: 'PATCH', path: '/admin/locations/loc_nowhere', body: {} },
    swaps: ({ adminToken }, { locationId }) => [
      { method: 'PATCH', path: `/admin/locations/${locationId}`, token: adminToken, body: { cut_over_hour: 6 } },
    ],
  },
  {
    name: 'GET /admin/locations/{id}/days/{date}',
    audience: 'admin',
    plain: { method: 'GET', path: '/admin/locations/loc_nowhere/days/2026-10-31' },
    swaps: ({ adminToken }, { locationId }) => [
      { method: 'GET', path: `/admin/locations/${locationId}/days/2026-10-31`, token: adminToken },
    ],
  },
  {
    name: 'POST /admin/locations/{id}/days/{date}/close',
    audience: 'admin',
    plain: { method: 'POST', path: '/admin/locations/loc_nowhere/days/2026-10-31/close', body: {} },
    swaps: ({ adminToken }, { locationId, staffId, devices }) => [
      {
        method: 'POST',
        path: `/admin/locations/${locationId}/days/2026-10-31/close`,
        token: adminToken,
        body: { closed_by: staffId, without: devices.map(({ enrolment }) => enrolment.deviceId) },
      },
    ],
  },
  {
    name: 'PATCH /admin/devices/{id}',
    audience: 'admin',
    plain: { method: 'PATCH', path: '/admin/devices/dev_nobody', body: {} },
    swaps: ({ adminToken }, { devices }) =>
      devices.map(({ enrolment }) => ({
        method: 'PATCH',
        path: `/admin/devices/${enrolment.deviceId}`,
        token: adminToken,
        body: { name: 'Stolen till' },
      })),
  },
  {
    name: 'POST /admin/tenants',
    audience: 'operator',
    plain: { method: 'POST', path: '/admin/tenants', body: {} },
    swaps: (nosy, { tenantId }) => [
      {
        method: 'POST',
        path: '/admin/tenants',
        token: nosy.adminToken,
        body: { tenant_id: tenantId, name: 'Stolen business' },
      },
    ],
  },
  {
    name: 'POST /admin/locations',
    audience: 'admin',
    plain: { method: 'POST', path: '/admin/locations', body: {} },
    // The second one is granted: a location of its own, whose id happens to be the same.
    swaps: (nosy, { tenantId, locationId }) =>
      [{ tenant_id: tenantId }, {}].map((more) => ({
        method: 'POST',
        path: '/admin/locations',
        token: nosy.adminToken,
        body: { location_id: locationId, ...place, ...more },
      })),
  },
  {
    name: 'GET /admin/staff',
    audience: 'admin',
    plain: { method: 'GET', path: '/admin/staff' },
    swaps: ({ adminToken }, { tenantId }) => [
      { method: 'GET', path: `/admin/staff?tenant_id=${tenantId}`, token: adminToken },
    ],
  },
  {
    name: 'POST /admin/staff',
    audience: 'admin',
    plain: { method: 'POST', path: '/admin/staff', body: {} },
    swaps: ({ adminToken }, { tenantId }) => [
      {
        method: 'POST',
        path: '/admin/staff',
        token: adminToken,
        body: { tenant_id: tenantId, display: 'Stolen cook', role: 'line_cook' },
      },
    ],
  },
  {
    name: 'PATCH /admin/staff/{id}',
    audience: 'admin',
    plain: { method: 'PATCH', path: '/admin/staff/stf_nobody', body: {} },
    swaps: ({ adminToken }, { staffId }) => [
      { method: 'PATCH', path: `/admin/staff/${staffId}`, token: adminToken, body: { status: 'revoked' } },
    ],
  },
  {
    name: 'POST /admin/enrolment-codes',
    audience: 'admin',
    plain: { method: 'POST', path: '/admin/enrolment-codes', body: {} },
    swaps: (nosy, { locationId }) => [
      {
        method: 'POST',
        path: '/admin/enrolment-codes',
        token: nosy.adminToken,
        body: { location_id: locationId },
      },
    ],
  },
  {
    name: 'GET /admin/devices',
    audience: 'admin',
    plain: { method: 'GET', path: '/admin/devices' },
    swaps: (nosy, { tenantId, locationId, devices: [device] }) => [
      {
        method: 'GET',
        path: `/admin/devices?tenant_id=${tenantId}&location_id=${locationId}&device_id=${device.enrolment.deviceId}`,
        token: nosy.adminToken,
      },
    ],
  },
  setStatus('suspend'),
  setStatus('resume'),
  setStatus('revoke'),
  {
    name: 'GET /openapi.json',
    audience: 'anyone',
    plain: { method: 'GET', path: '/openapi.json' },
    swaps: (nosy, { tenantId }) => [
      { method: 'GET', path: `/openapi.json?tenant_id=${tenantId}`, token: nosy.adminToken },
    ],
  },
  {
    name: 'GET /health',
    audience: 'anyone',
    plain: { method: 'GET', path: '/health' },
    swaps: (nosy, { tenantId }) => [{ method: 'GET', path: `/health?tenant_id=${tenantId}`, token: nosy.adminToken }],
  },
];
