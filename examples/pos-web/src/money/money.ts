/** A currency as the engine names it: ISO 4217 code and how many digits the minor unit has. */
export interface Currency {
  readonly code: string;
  readonly exponent: number;
}

/** Anything that carries its currency the way the engine's views do. */
export interface InCurrency {
  readonly currency: string;
  readonly currencyExponent: number;
}

export function currencyOf(view: InCurrency): Currency {
  return { code: view.currency, exponent: view.currencyExponent };
}

/** `4466` with two digits is `44.66`. Moves the point in the text: a division would bring in binary fractions. */
export function decimalText(minor: number, exponent: number): string {
  const sign = minor < 0 ? '-' : '';
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: Currency, style: 'currency' | 'decimal'): Intl.NumberFormat {
  const key = `${style} ${currency.code} ${currency.exponent}`;
  const known = formats.get(key);
  if (known) return known;
  const digits = { minimumFractionDigits: currency.exponent, maximumFractionDigits: currency.exponent };
  const made = new Intl.NumberFormat(
    'en',
    style === 'currency' ? { style, currency: currency.code, ...digits } : digits,
  );
  formats.set(key, made);
  return made;
}

/** `$44.66`. */
export function formatMoney(minor: number, currency: Currency): string {
  return formatted(formatOf(currency, 'currency'), minor, currency);
}

/** `44.66`, where the currency is clear from what stands around it. */
export function formatAmount(minor: number, currency: Currency): string {
  return formatted(formatOf(currency, 'decimal'), minor, currency);
}

/** The formatter takes the decimal text as it stands; a hyphen becomes a minus sign. */
function formatted(format: Intl.NumberFormat, minor: number, currency: Currency): string {
  return format.format(decimalText(minor, currency.exponent) as `${number}`).replace('-', '\u2212');
}

/** `82500` parts per million is `8.25 %`. */
export function formatRate(ratePpm: number): string {
  return `${decimalText(ratePpm, 4).replace(/\.?0+$/, '')} %`;
}
