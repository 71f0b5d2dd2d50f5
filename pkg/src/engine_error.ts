/** A refused command or a failed opening. `code` is stable; `message` is a sentence for a person. */
export class EngineError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
    // Engines that lower classes to functions lose the prototype of a subclassed Error.
    Object.setPrototypeOf(this, EngineError.prototype);
  }
}

/** What the engine's core throws and rejects with, as an {@link EngineError}. */
export function engineError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  if (typeof thrown === 'object' && thrown !== null) {
    const { code, message } = thrown as { code?: unknown; message?: unknown };
    if (typeof code === 'string') return new EngineError(code, String(message));
    if (typeof message === 'string') return new EngineError('INTERNAL', message);
  }
  return new EngineError('INTERNAL', String(thrown));
}
