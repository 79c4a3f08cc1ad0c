/** First item in sight, and the one after the last, with a few on either side. */
export function windowOf(scrolled: number, room: number, size: number, count: number): readonly [number, number] {
  const spare = 3;
  const first = Math.max(0, Math.min(count, Math.floor(scrolled / size)) - spare);
  return [first, Math.min(count, Math.ceil((scrolled + Math.max(0, room)) / size) + spare)];
}
