import type { ReactNode } from 'react';

interface ReasonChoiceProps {
  /** What people mostly say here. */
  readonly usual: readonly string[];
  readonly reason: string;
  readonly testId: string;
  /** The class of what holds the usual reasons. */
  readonly className?: string;
  readonly onChange: (reason: string) => void;
}

/** Why: one of the usual reasons, or one's own words. Stands in a fieldset of its own. */
export function ReasonChoice({ usual, reason, testId, className, onChange }: ReasonChoiceProps): ReactNode {
  return (
    <>
      <legend>Why?</legend>
      <div className={className}>
        {usual.map((words) => (
          <button
            key={words}
            type="button"
            className="pill"
            aria-pressed={reason === words}
            onClick={() => onChange(words)}
          >
            {words}
          </button>
        ))}
      </div>
      <input
        type="text"
        className="field"
        aria-label="The reason in your own words"
        placeholder="Or in your own words"
        maxLength={200}
        data-testid={testId}
        value={reason}
        onChange={(event) => onChange(event.target.value)}
      />
    </>
  );
}
