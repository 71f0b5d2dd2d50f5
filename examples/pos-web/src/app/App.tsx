import { type ReactNode, Suspense, use } from 'react';
import { TwoTillsPage } from '../server/TwoTillsPage.tsx';
import { TillScreen } from '../till/TillScreen.tsx';
import { sentenceOf } from '../till/sentences.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { type Boot, boot } from './boot.ts';
import { routeOf } from './route.ts';
import { Splash } from './Splash.tsx';

const route = routeOf(location);

export function App(): ReactNode {
  return (
    <ErrorBoundary
      show={(error) => <Splash tone="trouble" title="This till could not start" text={sentenceOf(error)} retry />}
    >
      <Suspense fallback={<Splash tone="waiting" title="Opening the till" text="Reading what this device keeps …" />}>
        <Page booting={boot(route)} />
      </Suspense>
    </ErrorBoundary>
  );
}

function Page({ booting }: { readonly booting: Promise<Boot> }): ReactNode {
  const started = use(booting);
  if (started.outcome === 'no_tills') return <NoTills />;
  const [first, second] = started.sessions;
  if (!first) return <NoTills />;
  if (route.page === 'two-tills' && second) return <TwoTillsPage first={first} second={second} />;
  return (
    <main className="one-till">
      <TillScreen session={first} picker />
    </main>
  );
}

function NoTills(): ReactNode {
  return (
    <Splash
      tone="trouble"
      title="No tills are set up yet"
      text="Run npm start in the repository. It starts the server, enrols two tills and gives them to this page."
      retry
    />
  );
}
