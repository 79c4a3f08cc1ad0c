/**
 * JSON that loses no number. The grammar of JSON has no NaN, no infinity, and JavaScript's writer drops the sign of -0;
 * a run record has all three (lost samples, absent limits, currents of either sign).
 *
 * | value             | written as                                                          |
 * |-------------------|---------------------------------------------------------------------|
 * | typed array       | array of numbers                                                    |
 * | NaN               | `null` where the document has no other nulls (events), else "NaN"   |
 * | Infinity          | "Infinity", "-Infinity"                                             |
 * | -0                | `-0`, which JSON allows and every reader takes                      |
 * | the text "NaN" .. | with one apostrophe in front, so that it comes back as text         |
 */
export type NanStyle = "null" | "text";

const TEXT_LIKE_NUMBER = /^'*(?:-?Infinity|NaN)$/;

/** One line of JSON; keys keep their order, keys whose value is undefined are left out. */
export function toJson(value: unknown, nan: NanStyle): string {
  if (typeof value === "number") return numberToJson(value, nan);
  if (typeof value === "string") return JSON.stringify(TEXT_LIKE_NUMBER.test(value) ? `'${value}` : value);
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value) || isNumberArray(value)) return arrayToJson(value, nan);
  const fields: string[] = [];
  for (const [key, field] of Object.entries(value))
    if (field !== undefined) fields.push(`${JSON.stringify(key)}:${toJson(field, nan)}`);
  return `{${fields.join(",")}}`;
}

function numberToJson(value: number, nan: NanStyle): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  if (Number.isNaN(value)) return nan === "null" ? "null" : '"NaN"';
  return value > 0 ? '"Infinity"' : '"-Infinity"';
}

function arrayToJson(values: ArrayLike<unknown>, nan: NanStyle): string {
  const items: string[] = [];
  for (let i = 0; i < values.length; i++) items.push(toJson(values[i], nan));
  return `[${items.join(",")}]`;
}

function isNumberArray(value: object): value is Float64Array {
  return ArrayBuffer.isView(value) && "length" in value;
}

/**
 * Inverse of `toJson`, apart from typed arrays, which come back as plain arrays.
 * @throws SyntaxError as JSON.parse does
 */
export function fromJson(text: string, nan: NanStyle): unknown {
  return revive(JSON.parse(text), nan);
}

/** The same rules on a value that another reader has parsed already; changes it in place. */
export function revive(value: unknown, nan: NanStyle): unknown {
  if (typeof value === "string") return reviveText(value);
  if (value === null) return nan === "null" ? Number.NaN : null;
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (typeof value[i] !== "number") value[i] = revive(value[i], nan);
    return value;
  }
  // defineProperty, because a key may be "__proto__"
  for (const [key, field] of Object.entries(value))
    if (typeof field !== "number")
      Object.defineProperty(value, key, {
        value: revive(field, nan),
        enumerable: true,
        writable: true,
        configurable: true,
      });
  return value;
}

function reviveText(text: string): string | number {
  if (!TEXT_LIKE_NUMBER.test(text)) return text;
  return text.startsWith("'") ? text.slice(1) : Number(text);
}
