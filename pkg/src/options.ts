import { EngineError } from './engine_error.js';
import { refuseMmkv } from './storage/mmkv.js';
import type { EngineOptions } from './types.js';

const PULL_INTERVAL_MS = 10_000;
const RETENTION_DAYS = 35;

/** Options within their ranges, with nothing left to default that the core must be told. */
export interface CheckedOptions extends EngineOptions {
  readonly pullIntervalMs: number;
  readonly retentionDays: number;
}

/** Checks what an app passes. Throws `OPTION_INVALID`. */
export function checkedOptions(options: EngineOptions): CheckedOptions {
  refuseMmkv(options.storage);
  return {
    ...options,
    pullIntervalMs: within('pullIntervalMs', options.pullIntervalMs ?? PULL_INTERVAL_MS, 1_000, 3_600_000),
    retentionDays: within('retentionDays', options.retentionDays ?? RETENTION_DAYS, 1, 400),
  };
}

/** The number, whole. Throws `OPTION_INVALID` where it is out of its range. */
export function within(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return Math.trunc(value);
  const range = `${min.toLocaleString('en')} to ${max.toLocaleString('en')}`;
  throw new EngineError('OPTION_INVALID', `${name} must be ${range}`);
}
