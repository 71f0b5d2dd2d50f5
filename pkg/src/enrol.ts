import { EngineError } from './engine_error.js';
import { platformFetch } from './host.js';
import type { Enrolment, Fetch } from './types.js';

/** What {@link enrolDevice} takes. */
export interface EnrolOptions {
  serverUrl: string;
  /** The one-time code an admin made; good for ten minutes. */
  code: string;
  /** What people call this device, e.g. `Till B`. */
  name: string;
  /** E.g. `web`, `ios`, `android`. */
  platform: string;
  appVersion: string;
  /** `globalThis.fetch` when absent. */
  fetch?: Fetch;
}

/**
 * Turns a one-time code into this device's identity. Needs a connection; rejects with the server's code, or with
 * `NO_ANSWER` where it was not the server that answered.
 */
export async function enrolDevice(options: EnrolOptions): Promise<Enrolment> {
  const send = options.fetch ?? platformFetch();
  const { code, name, platform, appVersion } = options;
  const response = await send(`${options.serverUrl.replace(/\/+$/, '')}/devices/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, name, platform, app_version: appVersion }),
  }).catch((thrown: unknown) => {
    throw new EngineError(
      'NO_ANSWER',
      `the server did not answer: ${thrown instanceof Error ? thrown.message : thrown}`,
    );
  });
  const answer = jsonObject(await response.text());
  if (response.status !== 200 && response.status !== 201) {
    throw new EngineError(String(answer['code'] ?? 'NO_ANSWER'), String(answer['detail'] ?? 'the server refused'));
  }
  const text = (field: string): string => {
    const value = answer[field];
    if (typeof value === 'string') return value;
    throw new EngineError('NO_ANSWER', `what answered is not the server: there is no ${field}`);
  };
  return {
    tenantId: text('tenant_id'),
    locationId: text('location_id'),
    deviceId: text('device_id'),
    devicePrefix: text('device_prefix'),
    deviceToken: text('device_token'),
  };
}

/** The object in a text; an empty one where there is none, as in the page of a captive portal. */
function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
