/** Text is written in pieces of about this many characters. */
const PIECE_CHARACTERS = 1_048_576;

/** Many short rows as a few long texts. */
export function* joinRows(rows: Iterable<string>): Generator<string, void, undefined> {
  let piece = "";
  for (const row of rows) {
    piece += row;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
