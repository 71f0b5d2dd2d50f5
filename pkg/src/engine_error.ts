/** Where a command was at fault, as far as one field was. */
export interface FieldAtFault {
  /** The field of the command, e.g. `qty`. */
  readonly field?: string | undefined;
  /** What a number, or a text's length in bytes, must lie within. */
  readonly allowed?: { readonly min: number; readonly max: number } | undefined;
  /** Milliseconds until it may be tried again, where waiting helps. */
  readonly retryAfterMs?: number | undefined;
}

/** A refused command or a failed opening. `code` is stable; `message` is a sentence for a person. */
export class EngineError extends Error {
  readonly code: string;
  /** The field of the command at fault, where it is one. */
  readonly field: string | undefined;
  /** What that field may hold, where it is a number or a text. */
  readonly allowed: { readonly min: number; readonly max: number } | undefined;
  /** Milliseconds until it may be tried again, where waiting helps. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, fault: FieldAtFault = {}) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
    this.field = fault.field;
    this.allowed = fault.allowed;
    this.retryAfterMs = fault.retryAfterMs;
    // Engines that lower classes to functions lose the prototype of a subclassed Error.
    Object.setPrototypeOf(this, EngineError.prototype);
  }

  /** Each entry point of the package carries this class, and an app may load several: to all of them it is one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const { name, code } = (value ?? {}) as { name?: unknown; code?: unknown };
    return name === 'EngineError' && typeof code === 'string';
  }
}

/** What the engine's core throws and rejects with, as an {@link EngineError}. */
export function engineError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  if (typeof thrown === 'object' && thrown !== null) {
    const { code, message, ...fault } = thrown as { code?: unknown; message?: unknown } & FieldAtFault;
    if (typeof code === 'string') return new EngineError(code, String(message), fault);
    if (typeof message === 'string') return new EngineError('INTERNAL', message);
  }
  return new EngineError('INTERNAL', String(thrown));
}
