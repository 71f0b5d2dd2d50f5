// Joins what wasm2js made of the engine with wasm-bindgen's glue into one module that needs no WebAssembly.
//
// Every rewrite below counts its matches. A new wasm-bindgen or binaryen that writes its code differently must stop the
// build here, because the same mismatch would show itself on a till only as corrupted memory.

const broken = (what) => new Error(`the Hermes build: ${what}; the generated code has changed shape`);

function replaceExactly(source, pattern, replacement, count, what) {
  let found = 0;
  const result = source.replace(pattern, (...match) => {
    found += 1;
    return typeof replacement === 'string' ? replacement : replacement(...match);
  });
  if (found !== count) throw broken(`expected ${count} × ${what}, found ${found}`);
  return result;
}

const countOf = (source, text) => source.split(text).length - 1;

/** The body of wasm2js's module: everything up to where it instantiates itself. */
function asmFunctionOnly(raw) {
  const end = raw.indexOf('var retasmFunc = asmFunc(');
  if (end < 0) throw broken('wasm2js does not instantiate `asmFunc`');
  const body = raw.slice(0, end).replace(/^import \* as \S+ from '[^']*';\n/gm, '');
  if (/^\s*(import|export)\b/m.test(body)) throw broken('wasm2js left an import or export statement');
  return body;
}

/** The glue, with the places mended that assume a real WebAssembly memory and a modern host. */
function mendedGlue(glue) {
  // Growing a real memory detaches the old buffer, which is how the glue notices that its views are stale. wasm2js
  // allocates a new buffer and leaves the old one as it is: a stale view would read and write memory nobody uses.
  const staleView = /if \((cached\w+Memory0) === null \|\| [^\n]*\) \{/g;
  const views = countOf(glue, 'Memory0 = null;');
  if (views < 2) throw broken('the cached memory views were not found');
  let mended = replaceExactly(
    glue,
    staleView,
    (_, view) => `if (${view} === null || ${view}.buffer !== wasm.memory.buffer) {`,
    views,
    'a check for a stale memory view',
  );
  const setter = 'let wasm;\nexport function __wbg_set_wasm(val) {\n    wasm = val;\n}\n';
  mended = replaceExactly(mended, setter, '', 1, '__wbg_set_wasm');
  const decoders = countOf(mended, 'new TextDecoder(');
  mended = replaceExactly(
    mended,
    /new TextDecoder\('utf-8', \{[^}]*\}\)/g,
    '__newTextDecoder()',
    decoders,
    'new TextDecoder',
  );
  const encoders = countOf(mended, 'new TextEncoder(');
  mended = replaceExactly(mended, /new TextEncoder\(\)/g, '__newTextEncoder()', encoders, 'new TextEncoder');
  if (decoders === 0 || encoders === 0) throw broken('the text codecs were not found');
  if (/^import\b/m.test(mended)) throw broken('the glue imports a module');
  return mended;
}

// wasm2js passes a 64-bit integer as two 32-bit halves and returns the upper one through `setTempRet0`; the glue knows
// only BigInt.
const parameterNames = (flags) => flags.map((isI64, n) => (isI64 ? `a${n}, b${n}` : `a${n}`)).join(', ');

function importEntry({ name, parametersI64, resultsI64 }) {
  if (![...parametersI64, ...resultsI64].includes(true)) return name;
  const given = parametersI64.map((isI64, n) => (isI64 ? `__i64(a${n}, b${n})` : `a${n}`)).join(', ');
  const call = `${name}(${given})`;
  const body = resultsI64[0] === true ? `__split(${call})` : call;
  return `${name}: (${parameterNames(parametersI64)}) => ${body}`;
}

function exportEntry({ name, parametersI64, resultsI64 }) {
  const names = parametersI64.map((_, n) => `a${n}`).join(', ');
  const given = parametersI64.map((isI64, n) => (isI64 ? `__low(a${n}), __high(a${n})` : `a${n}`)).join(', ');
  const call = `__asm.${name}(${given})`;
  return `${name}: (${names}) => ${resultsI64[0] === true ? `__i64(${call}, __upper)` : call}`;
}

const integers = `
let __upper = 0;
const __low = (value) => Number(BigInt.asIntN(32, value));
const __high = (value) => Number(BigInt.asIntN(32, value >> BigInt(32)));
const __i64 = (low, high) => BigInt.asIntN(64, (BigInt(high) << BigInt(32)) | BigInt(low >>> 0));
const __split = (value) => {
  __upper = __high(value);
  return __low(value);
};
`;

/**
 * The joined module as ES module source; its exports are the glue's public exports.
 *
 * @param raw what wasm2js printed
 * @param glue wasm-bindgen's `engine_bg.js`
 * @param boundary the lowered module's imports and exported functions, from `wasm_binary.mjs`
 * @param codec the source of `text_codec.js`
 */
export function joinForHermes({ raw, glue, boundary, codec }) {
  for (const { module, name, kind } of boundary.imports) {
    if (module !== './engine_bg.js' || kind !== 'function') throw broken(`it imports ${kind} ${module} ${name}`);
  }
  let mended = mendedGlue(glue);
  for (const { name } of boundary.imports) {
    const declaration = `export function ${name}(`;
    mended = replaceExactly(mended, declaration, `function ${name}(`, 1, `the imported glue function ${name}`);
  }
  const with64Bits = boundary.exports.filter((entry) => [...entry.parametersI64, ...entry.resultsI64].includes(true));
  return `${codec}
${integers}
const __asmFunc = (() => {
${asmFunctionOnly(raw)}
return asmFunc;
})();
let wasm;
${mended}
const __asm = __asmFunc({
  './engine_bg.js': { ${boundary.imports.map(importEntry).join(', ')} },
  env: { setTempRet0: (value) => { __upper = value; }, getTempRet0: () => __upper },
});
wasm = Object.assign({}, __asm, { ${with64Bits.map(exportEntry).join(', ')} });
if (wasm.__wbindgen_start !== undefined) wasm.__wbindgen_start();
`;
}
