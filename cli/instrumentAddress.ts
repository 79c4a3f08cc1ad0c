/** A bare path is a serial port. */
export function completeAddress(text: string): string {
  return text.startsWith("/") || text.startsWith("./") || /^COM\d+/i.test(text) ? `serial:${text}` : text;
}
