const surrogate = /[\ud800-\udfff]/;

/** Sorts keys by their UTF-8 bytes, in place. */
export function inUtf8Order(keys: string[]): string[] {
  // JavaScript sorts by UTF-16 code units, which differs only where there are characters beyond U+FFFF.
  return keys.some((key) => surrogate.test(key)) ? keys.sort(byCodePoints) : keys.sort();
}

function byCodePoints(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let place = 0; place < length; place += 1) {
    const [left, right] = [one.charCodeAt(place), other.charCodeAt(place)];
    if (left !== right) return rank(left) - rank(right);
  }
  return one.length - other.length;
}

/** Moves the halves of a pair behind everything that is one unit, as their four bytes of UTF-8 stand. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
