import './stepper.css';
import { Minus, Plus } from 'lucide-react';
import type { ReactNode } from 'react';

interface StepperProps {
  readonly label: string;
  readonly value: number;
  readonly onLess: () => void;
  readonly onMore: () => void;
}

/** Minus, a number, plus. */
export function Stepper({ label, value, onLess, onMore }: StepperProps): ReactNode {
  return (
    <div className="stepper" role="group" aria-label={label}>
      <button type="button" aria-label="One less" data-testid="qty-less" onClick={onLess}>
        <Minus aria-hidden="true" />
      </button>
      <output data-testid="qty">{value}</output>
      <button type="button" aria-label="One more" data-testid="qty-more" onClick={onMore}>
        <Plus aria-hidden="true" />
      </button>
    </div>
  );
}
