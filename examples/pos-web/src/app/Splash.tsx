import './splash.css';
import type { ReactNode } from 'react';

interface SplashProps {
  readonly tone: 'waiting' | 'trouble';
  readonly title: string;
  readonly text: string;
  readonly retry?: boolean;
}

/** The whole page while there is no till to show. */
export function Splash({ tone, title, text, retry = false }: SplashProps): ReactNode {
  return (
    <main className="splash" data-tone={tone} data-testid={`splash-${tone}`}>
      <div className="splash__card" role={tone === 'trouble' ? 'alert' : 'status'}>
        <img src="/icon.svg" alt="" width={88} height={88} />
        <h1>{title}</h1>
        <p>{text}</p>
        {retry && (
          <button type="button" className="button button--primary" onClick={() => location.reload()}>
            Try again
          </button>
        )}
      </div>
    </main>
  );
}
