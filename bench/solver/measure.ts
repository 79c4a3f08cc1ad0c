/** Best of several runs, milliseconds: processor time of this process for one thread, wall time for more. */
export function bestOf(work: () => void, clock: "processor" | "wall", budget_ms = 600, least = 3): number {
  work();
  let best = Infinity;
  const begin = performance.now();
  for (let run = 0; run < least || performance.now() - begin < budget_ms; run++) {
    const start = performance.now();
    const cpu = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(cpu);
    const wall_ms = performance.now() - start;
    // the clock of processor time is coarse: below a millisecond wall time is the better one
    best = Math.min(best, clock === "wall" || wall_ms < 1 ? wall_ms : Math.min(wall_ms, (user + system) / 1e3));
    if (run >= least && performance.now() - begin > 20 * budget_ms) break;
  }
  return best;
}

/** Wall time of one run, milliseconds. */
export function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Memory bandwidth of one thread, GB/s: a <- b + s c over lists that no cache holds. */
export function triad_GB_s(): number {
  const length = 4e6;
  const [a, b, c] = [new Float64Array(length), new Float64Array(length).fill(1), new Float64Array(length).fill(2)];
  const time_ms = bestOf(() => {
    for (let k = 0; k < length; k++) a[k] = (b[k] ?? 0) + 3 * (c[k] ?? 0);
  }, "processor");
  return (24 * length) / time_ms / 1e6;
}

/** Largest |found - expected| / |expected|. */
export function worstRelative(found: Float64Array, expected: Float64Array): number {
  let worst = 0;
  expected.forEach((value, j) => (worst = Math.max(worst, Math.abs((found[j] ?? 0) - value) / Math.abs(value))));
  return worst;
}

/** Aligned columns. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((name, c) => Math.max(name.length, ...rows.map((row) => (row[c] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join(" | ")} |`;
  console.log([line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line), ""].join("\n"));
}

export function digits(value: number, count = 3): string {
  if (!Number.isFinite(value)) return "-";
  return value !== 0 && (Math.abs(value) < 0.01 || Math.abs(value) >= 1e5)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(count)));
}
