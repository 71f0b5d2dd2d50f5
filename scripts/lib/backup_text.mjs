// A backup as D1 takes it back. `wrangler d1 export` writes each row as one INSERT, and D1 takes no statement above 100,000
// bytes, so a menu or an order of more than that could be exported and never restored. Here such a value is brought in
// pieces, through a table of its own that is gone afterwards. At its end every location's sequence begins a new life: numbers
// that were given after the backup will be given again, and no cursor of before may be honoured.

const statementBytesMax = 90_000;
const pieceCharsMax = 20_000;
const pieces = 'restore_pieces';

const renewEpochs = 'UPDATE locations SET epoch = lower(hex(randomblob(8)));';

const bytesOf = (text) => Buffer.byteLength(text);

/**
 * Rewrites the statements of a backup that D1 would refuse; the others pass as they are. Ends every cursor. Takes and gives
 * pieces of text.
 */
export async function* restorable(chunks) {
  let split = false;
  for await (const statement of statementsIn(chunks)) {
    if (bytesOf(statement) <= statementBytesMax || !/^\s*INSERT INTO/i.test(statement)) {
      yield statement;
      continue;
    }
    if (!split)
      yield `\nCREATE TABLE ${pieces} (value INTEGER NOT NULL, place INTEGER NOT NULL, text TEXT NOT NULL);\n`;
    split = true;
    yield* inPieces(statement);
  }
  if (split) yield `\nDROP TABLE ${pieces};\n`;
  yield `\n${renewEpochs}\n`;
}

/** Long texts of one INSERT go into the table first and are put together again by the INSERT itself. */
function* inPieces(statement) {
  const long = [];
  const short = statement.replace(/'(?:[^']|'')*'/g, (literal) => {
    if (bytesOf(literal) < pieceCharsMax) return literal;
    long.push(literal.slice(1, -1).replaceAll("''", "'"));
    return `(SELECT group_concat(text, '' ORDER BY place) FROM ${pieces} WHERE value = ${long.length})`;
  });
  for (const [value, text] of long.entries()) {
    // By whole characters: half of a surrogate pair would not survive on its own.
    const characters = Array.from(text);
    for (let place = 0; place * pieceCharsMax < characters.length; place += 1) {
      const piece = characters.slice(place * pieceCharsMax, (place + 1) * pieceCharsMax).join('');
      yield `\nINSERT INTO ${pieces} VALUES(${value + 1}, ${place}, '${piece.replaceAll("'", "''")}');`;
    }
  }
  yield `${short}\nDELETE FROM ${pieces};`;
}

/**
 * The text cut after each `;` that stands outside quotes and comments. What a trigger does is cut too, which does no harm:
 * the parts pass one after the other, and none of them is long.
 */
async function* statementsIn(chunks) {
  let [statement, start] = ['', 0];
  /** What ends the text that is being read: a quote, the end of a comment, or nothing. */
  let until = null;
  for await (const chunk of chunks) {
    let place = start;
    statement += chunk;
    for (; place < statement.length; place += 1) {
      const character = statement[place];
      if (until !== null) {
        // A doubled quote ends the text and begins it anew at once, which comes to the same.
        if (character === until) until = null;
      } else if (character === "'" || character === '"') {
        until = character;
      } else if (character === '-' && statement[place + 1] === '-') {
        until = '\n';
      } else if (character === ';') {
        yield statement.slice(0, place + 1);
        statement = statement.slice(place + 1);
        place = -1;
      }
    }
    start = place;
  }
  if (statement !== '') yield statement;
}
