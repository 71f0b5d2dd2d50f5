import { TillSession } from '../till/TillSession.ts';
import { type DemoTills, loadDemoTills } from './demoTills.ts';
import { placeOf, type Route } from './route.ts';

/** What came of starting. */
export type Boot =
  { readonly outcome: 'ready'; readonly sessions: readonly TillSession[] } | { readonly outcome: 'no_tills' };

let booting: Promise<Boot> | null = null;

/** Opens the tills that a page needs, once: a store has one engine, however often React mounts a component. */
export function boot(route: Route): Promise<Boot> {
  booting ??= open(route);
  return booting;
}

async function open(route: Route): Promise<Boot> {
  const demo = await loadDemoTills();
  const places = demo ? placesFor(route, demo) : [];
  if (!demo || places.length === 0) return { outcome: 'no_tills' };
  const sessions = await Promise.all(places.map((place) => TillSession.open(demo, place)));
  void navigator.storage?.persist?.();
  return { outcome: 'ready', sessions };
}

function placesFor(route: Route, demo: DemoTills): readonly number[] {
  const wanted = route.page === 'two-tills' ? [0, 1] : [placeOf(route.till)];
  return wanted.filter((place) => place < demo.tills.length);
}
