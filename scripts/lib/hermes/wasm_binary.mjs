// Reads the little of WebAssembly's binary format that the Hermes build needs: sections, features, function types.

export function readU32(bytes, at) {
  let value = 0;
  let shift = 0;
  for (;;) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return [value >>> 0, at];
    shift += 7;
  }
}

export function writeU32(value) {
  const bytes = [];
  do {
    const low = value & 127;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 128);
  } while (value !== 0);
  return Buffer.from(bytes);
}

function readName(bytes, at) {
  const [length, start] = readU32(bytes, at);
  return [bytes.subarray(start, start + length).toString('utf8'), start + length];
}

/** The sections in order: id, where the body starts and ends, and the whole section's bytes. */
export function* sections(bytes) {
  let at = 8;
  while (at < bytes.length) {
    const [length, start] = readU32(bytes, at + 1);
    yield { id: bytes[at], start, end: start + length, whole: bytes.subarray(at, start + length) };
    at = start + length;
  }
}

const limitsEnd = (bytes, at) => {
  const flags = bytes[at];
  let next = readU32(bytes, at + 1)[1];
  if ((flags & 1) !== 0) next = readU32(bytes, next)[1];
  return next;
};

function readVector(bytes, at, readOne) {
  let [count, next] = readU32(bytes, at);
  const items = [];
  while (count-- > 0) {
    const [item, end] = readOne(next);
    items.push(item);
    next = end;
  }
  return items;
}

const valueTypeI64 = 0x7e;

function readFunctionType(bytes, at) {
  if (bytes[at] !== 0x60) throw new Error('the Hermes build: a type that is not a plain function type');
  const [parameterCount, parameters] = readU32(bytes, at + 1);
  const [resultCount, results] = readU32(bytes, parameters + parameterCount);
  const i64 = (from, count) => [...bytes.subarray(from, from + count)].map((type) => type === valueTypeI64);
  return [
    { parametersI64: i64(parameters, parameterCount), resultsI64: i64(results, resultCount) },
    results + resultCount,
  ];
}

function readImport(bytes, at) {
  const [module, afterModule] = readName(bytes, at);
  const [name, kindAt] = readName(bytes, afterModule);
  const kind = bytes[kindAt];
  if (kind === 0) {
    const [type, end] = readU32(bytes, kindAt + 1);
    return [{ module, name, kind: 'function', type }, end];
  }
  if (kind === 1) return [{ module, name, kind: 'table' }, limitsEnd(bytes, kindAt + 2)];
  if (kind === 2) return [{ module, name, kind: 'memory' }, limitsEnd(bytes, kindAt + 1)];
  return [{ module, name, kind: 'global' }, kindAt + 3];
}

function readExport(bytes, at) {
  const [name, kindAt] = readName(bytes, at);
  const [index, end] = readU32(bytes, kindAt + 1);
  return [{ name, isFunction: bytes[kindAt] === 0, index }, end];
}

/**
 * A module's imports and exported functions, each function with a flag for every parameter and result that is a 64-bit
 * integer.
 */
export function boundary(bytes) {
  const found = new Map();
  for (const section of sections(bytes)) found.set(section.id, section.start);
  const read = (id, readOne) => (found.has(id) ? readVector(bytes, found.get(id), (at) => readOne(bytes, at)) : []);
  const types = read(1, readFunctionType);
  const imports = read(2, readImport);
  const importedFunctions = imports.filter((entry) => entry.kind === 'function');
  const functionTypes = [...importedFunctions.map((entry) => entry.type), ...read(3, readU32)];
  return {
    imports: imports.map((entry) => ({ ...entry, ...(entry.kind === 'function' ? types[entry.type] : {}) })),
    exports: read(7, readExport)
      .filter((entry) => entry.isFunction)
      .map(({ name, index }) => ({ name, ...types[functionTypes[index]] })),
  };
}

/** The module without these entries of its `target_features` section. Fails when one is not there. */
export function withoutTargetFeatures(bytes, unwanted) {
  const parts = [bytes.subarray(0, 8)];
  const removed = new Set();
  for (const section of sections(bytes)) {
    const [name, bodyAt] = section.id === 0 ? readName(bytes, section.start) : ['', 0];
    if (name !== 'target_features') {
      parts.push(section.whole);
      continue;
    }
    const entries = readVector(bytes, bodyAt, (at) => {
      const [feature, end] = readName(bytes, at + 1);
      return [{ prefix: bytes.subarray(at, at + 1), feature }, end];
    });
    const kept = entries.filter(({ feature }) => !unwanted.includes(feature) || !removed.add(feature));
    const text = (value) => Buffer.concat([writeU32(Buffer.byteLength(value)), Buffer.from(value)]);
    const list = kept.map(({ prefix, feature }) => Buffer.concat([prefix, text(feature)]));
    const body = Buffer.concat([text(name), writeU32(kept.length), ...list]);
    parts.push(Buffer.concat([Buffer.from([0]), writeU32(body.length), body]));
  }
  const missing = unwanted.filter((feature) => !removed.has(feature));
  if (missing.length > 0) {
    throw new Error(`the Hermes build: the module's target_features section does not list ${missing.join(', ')}`);
  }
  return Buffer.concat(parts);
}
