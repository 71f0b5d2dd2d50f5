/** Values of a schema, and values that are none of it, by chance from one seed. */
import fc from 'fast-check';
import { validator } from './conformance.ts';
import { resolved, type Schema } from './document.ts';

type Arbitrary = fc.Arbitrary<unknown>;
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Texts that have broken programs before. */
const strangeTexts = [
  '',
  ' ',
  '\u0000',
  '👩‍🍳',
  'ﬀ\u0301',
  "'; DROP TABLE orders; --",
  '../../etc/passwd',
  '\ud800',
  '9'.repeat(400),
];
const strangeNumbers = [-1, 0, 0.5, 1e21, -1e300, 2 ** 53, 2 ** 63, Number.MIN_VALUE];
/** Deeper than this only what is required is made. */
const depthMax = 6;

const arbitraries = new Map<string, Arbitrary>();

/** Values of a schema. */
export function valuesOf(schema: Schema, depth = 0): Arbitrary {
  const key = `${Math.min(depth, depthMax)} ${JSON.stringify(schema)}`;
  const known = arbitraries.get(key) ?? made(schema, depth);
  arbitraries.set(key, known);
  return known;
}

function made(schema: Schema, depth: number): Arbitrary {
  const { $ref, oneOf, anyOf, properties, type } = schema;
  if (typeof $ref === 'string') return valuesOf(resolved($ref) as Schema, depth);
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  const choices = (oneOf ?? anyOf) as readonly Schema[] | undefined;
  if (choices !== undefined) {
    const { oneOf: _one, anyOf: _any, ...rest } = schema;
    // Fields that every choice shares stand beside them.
    const merged = choices.map((choice) => (properties === undefined ? choice : union(rest, choice)));
    // What comes first is what is meant; the others are what is also taken.
    return fc.oneof(
      ...merged.map((choice, place) => ({ arbitrary: valuesOf(choice, depth), weight: place === 0 ? 4 : 1 })),
    );
  }
  if (Array.isArray(type)) return fc.oneof(...type.map((name: string) => valuesOf({ ...schema, type: name }, depth)));
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.integer(bounds(schema));
    case 'string':
      return texts(schema);
    case 'array':
      return arrays(schema, depth);
    case 'object':
      return objects(schema, depth);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function union(rest: Schema, choice: Schema): Schema {
  const whole = typeof choice['$ref'] === 'string' ? (resolved(choice['$ref']) as Schema) : choice;
  return {
    ...rest,
    ...whole,
    properties: { ...(rest['properties'] as object), ...(whole['properties'] as object) },
    required: [...((rest['required'] as string[]) ?? []), ...((whole['required'] as string[]) ?? [])],
  };
}

function bounds({ minimum, maximum }: Schema): { min: number; max: number } {
  const min = Math.max(Number(minimum ?? -1_000_000), Number.MIN_SAFE_INTEGER);
  return { min, max: Math.max(min, Math.min(Number(maximum ?? 1_000_000), Number.MAX_SAFE_INTEGER)) };
}

function texts({ pattern, format, minLength, maxLength }: Schema): Arbitrary {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') {
    return fc
      .date({ min: new Date('2024-01-01T00:00:00Z'), max: new Date('2027-12-31T00:00:00Z'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  const max = Math.min(Number(maxLength ?? 40), 60);
  if (format === 'date') return fc.constantFrom('2026-10-31', '2026-11-01', '2027-02-28');
  // One that only forbids what is blank is met by words.
  if (typeof pattern === 'string' && !pattern.includes('\\u0000')) {
    return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' });
  }
  return fc
    .string({ minLength: Math.max(1, Number(minLength ?? 1)), maxLength: max })
    .map((text) => `a${text.slice(1)}`);
}

function arrays({ items, minItems, maxItems }: Schema, depth: number): Arbitrary {
  const most = depth > depthMax ? 0 : Math.min(Number(maxItems ?? 3), 3);
  return fc.array(valuesOf((items ?? {}) as Schema, depth + 1), {
    minLength: Math.min(Number(minItems ?? 0), most),
    maxLength: most,
  });
}

function objects(schema: Schema, depth: number): Arbitrary {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>);
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const wanted = properties.filter(([name]) => depth <= depthMax || required.has(name));
  const fields = Object.fromEntries(wanted.map(([name, field]) => [name, valuesOf(field, depth + 1)]));
  const requiredKeys = Object.keys(fields).filter((name) => required.has(name));
  return fc.record(fields, { requiredKeys });
}

/** A value that a schema does not allow, made from one that it does by one change somewhere in it. */
export function spoilt(schema: Schema): fc.Arbitrary<{ readonly value: unknown; readonly how: string }> {
  const conforms = validator(schema);
  return fc
    .tuple(valuesOf(schema), fc.nat(), fc.constantFrom(...ways), fc.nat())
    .map(([value, place, way, choice]) => {
      const copy = structuredClone(value) as Json;
      const spots = spotsIn(copy);
      const spot = spots[place % spots.length] ?? [];
      return { value: changed(copy, spot, way, choice), how: `${way} at /${spot.join('/')}` };
    })
    .filter(({ value }) => !conforms(value));
}

const ways = ['another type', 'a strange text', 'a strange number', 'left out', 'one field more', 'null'] as const;

type Spot = readonly (string | number)[];

/** Every place in a value. */
function spotsIn(value: Json, spot: Spot = []): Spot[] {
  if (value === null || typeof value !== 'object') return [spot];
  return [spot, ...Object.entries(value).flatMap(([name, within]) => spotsIn(within as Json, [...spot, name]))];
}

function changed(value: Json, [first, ...rest]: Spot, way: (typeof ways)[number], choice: number): Json {
  if (first === undefined) return instead(value, way, choice);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, Json>;
  if (way === 'left out' && rest.length === 0) delete copy[first];
  else copy[first] = changed(copy[first] ?? null, rest, way, choice);
  return copy;
}

function instead(value: Json, way: (typeof ways)[number], choice: number): Json {
  const others: readonly Json[] = [7, 'text', true, [], {}, [[[]]], -0.5];
  switch (way) {
    case 'another type':
      return others[choice % others.length] ?? null;
    case 'a strange text':
      return strangeTexts[choice % strangeTexts.length] ?? null;
    case 'a strange number':
      return strangeNumbers[choice % strangeNumbers.length] ?? null;
    case 'one field more':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...(value as object), surprise: 1 }
        : [value];
    case 'left out':
    case 'null':
      return null;
  }
}
