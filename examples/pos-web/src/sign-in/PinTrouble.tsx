import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useNow } from '../app/clock.ts';
import { type PinRefusal, waitText } from './words.ts';

/** What was wrong with a PIN. A wait counts down in sight; a screen reader hears of it once. */
export function PinTrouble({ refusal }: { readonly refusal: PinRefusal | null }): ReactNode {
  return (
    <div className="pin-trouble" role="alert">
      {refusal && (
        <p data-testid="pin-refusal" data-code={refusal.code}>
          <TriangleAlert aria-hidden="true" />
          <span>
            {refusal.sentence}
            {refusal.waitsUntil !== null && <Countdown untilMs={refusal.waitsUntil} />}
          </span>
        </p>
      )}
    </div>
  );
}

function Countdown({ untilMs }: { readonly untilMs: number }): ReactNode {
  const now = useNow();
  return (
    <>
      {' Try again in '}
      <strong role="timer" data-testid="pin-wait">
        {waitText(untilMs, now)}
      </strong>
      .
    </>
  );
}
