import { Delete } from 'lucide-react';
import type { ReactNode } from 'react';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '00', '0', 'back'];

export function Keypad({ onKey }: { readonly onKey: (key: string) => void }): ReactNode {
  return (
    <div className="keypad" role="group" aria-label="Amount">
      {KEYS.map((key) => (
        <button
          key={key}
          type="button"
          data-testid={`key-${key}`}
          aria-label={key === 'back' ? 'Take back the last digit' : key}
          onClick={() => onKey(key)}
        >
          {key === 'back' ? <Delete aria-hidden="true" /> : key}
        </button>
      ))}
    </div>
  );
}
