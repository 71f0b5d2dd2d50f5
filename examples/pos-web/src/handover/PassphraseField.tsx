import { type ReactNode, useId } from 'react';

interface PassphraseFieldProps {
  readonly hint: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Shown as it is typed: somebody will say it aloud at the other till. */
export function PassphraseField({ hint, value, onChange }: PassphraseFieldProps): ReactNode {
  const hintId = useId();
  return (
    <label className="handover__field">
      Passphrase
      <input
        type="text"
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        value={value}
        placeholder="Four or five words"
        aria-describedby={hintId}
        data-testid="handover-passphrase"
        onChange={(event) => onChange(event.target.value)}
      />
      <small id={hintId}>{hint}</small>
    </label>
  );
}
