/** Whether a screen can be used with a thumb: targets large enough, nothing over another, nothing cut off. */
import type { Locator } from 'playwright-core';

/** Complaints about everything inside, e.g. `Retry is 120 × 38`; none where it fits. */
export async function complaintsAbout(part: Locator): Promise<readonly string[]> {
  return part.evaluate((root) => {
    const targetPxMin = 44;
    const nameOf = (element: Element): string =>
      (element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '').slice(0, 40) || element.tagName;
    const shown = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true });
    const targets = [...root.querySelectorAll('button, a[href], input, select, textarea, summary, label.pick')]
      // What a person presses is the label around a radio button, and the field around a select that fills it.
      .filter((element) => shown(element) && !element.matches('input[type="radio"]'));
    // What is scrolled away under an edge lies over nothing.
    const inSightOf = (element: Element): DOMRect => {
      const { left, width, ...box } = element.getBoundingClientRect().toJSON() as DOMRect;
      let { top, bottom } = box;
      for (let around = element.parentElement; around; around = around.parentElement) {
        if (getComputedStyle(around).overflowY === 'visible') continue;
        const edge = around.getBoundingClientRect();
        top = Math.max(top, edge.top);
        bottom = Math.min(bottom, edge.bottom);
      }
      return new DOMRect(left, top, width, Math.max(0, bottom - top));
    };
    const boxes = targets.map((element) => ({ element, box: element.getBoundingClientRect() }));
    const small = boxes
      .filter(({ box }) => box.width < targetPxMin || box.height < targetPxMin)
      .map(({ element, box }) => `${nameOf(element)} is ${Math.round(box.width)} × ${Math.round(box.height)}`);
    const inSight = targets
      .map((element) => ({ element, box: inSightOf(element) }))
      .filter(({ box }) => box.height > 0);
    const over = inSight.flatMap(({ element, box }, place) =>
      inSight
        .slice(place + 1)
        .filter(({ element: other }) => !element.contains(other) && !other.contains(element))
        .filter(
          ({ box: other }) =>
            box.left < other.right - 1 &&
            other.left < box.right - 1 &&
            box.top < other.bottom - 1 &&
            other.top < box.bottom - 1,
        )
        .map(({ element: other }) => `${nameOf(element)} lies over ${nameOf(other)}`),
    );
    const cut = [root, ...root.querySelectorAll('*')]
      .filter((element) => shown(element) && !element.matches('.visually-hidden, .visually-hidden *, svg *'))
      .filter((element) => {
        const { overflowX, textOverflow, display } = getComputedStyle(element);
        return display !== 'inline' && textOverflow !== 'ellipsis' && overflowX !== 'visible'
          ? element.scrollWidth > element.clientWidth + 1
          : false;
      })
      .map((element) => `${nameOf(element)} is wider than its place`);
    const outside = boxes
      .filter(({ box }) => box.left < -1 || box.right > innerWidth + 1)
      .map(({ element }) => `${nameOf(element)} sticks out sideways`);
    return [...small, ...over, ...cut, ...outside];
  });
}
