/** The two pages of this app. */
export type Route = { readonly page: 'one-till'; readonly till: TillLetter } | { readonly page: 'two-tills' };

/** `?till=a` is the first till of the demo, `?till=b` the second. */
export type TillLetter = 'a' | 'b';

export function routeOf(location: { readonly pathname: string; readonly search: string }): Route {
  if (location.pathname.replace(/\/+$/, '') === '/two-tills') return { page: 'two-tills' };
  const asked = new URLSearchParams(location.search).get('till');
  return { page: 'one-till', till: asked === 'b' ? 'b' : 'a' };
}

export function pathOf(route: Route): string {
  return route.page === 'two-tills' ? '/two-tills' : `/?till=${route.till}`;
}

/** Where a till stands in `demo-tills.json`. */
export function placeOf(letter: TillLetter): number {
  return letter === 'a' ? 0 : 1;
}
