const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** RFC 4648 base64 to bytes, by hand: core knows neither Node's Buffer nor a browser's atob. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128);
  for (let k = 0; k < 64; k++) values[ALPHABET.charCodeAt(k)] = k;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  for (let k = 0; k < text.length; k += 4) {
    const bits =
      (values[text.charCodeAt(k)] << 18) |
      (values[text.charCodeAt(k + 1)] << 12) |
      (values[text.charCodeAt(k + 2)] << 6) |
      values[text.charCodeAt(k + 3)];
    // writes past the end of a typed array are ignored: the padding
    bytes[at++] = bits >> 16;
    bytes[at++] = (bits >> 8) & 255;
    bytes[at++] = bits & 255;
  }
  return bytes;
}
