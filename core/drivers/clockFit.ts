/** What one question and answer say about a device's clock: it showed `device_s` at some moment between the two. */
export interface ClockSample {
  readonly sent_s: number;
  readonly received_s: number;
  readonly device_s: number;
}

/** Samples of this long are compared; a resonator that warms up is followed. */
const WINDOW_S = 120;
/** A shorter stretch says nothing about a rate. */
const SHORTEST_S = 1;

/** Device time as a line over host time, through a point of its own (absolute times would swallow the digits). */
interface Line {
  readonly slope: number;
  readonly host_s: number;
  readonly device_s: number;
}

/**
 * A device's clock in terms of the host's, robust to any delay: delays only ever add up, so the device's clock lies above the line
 * under all (sent, device) and below the line over all (received, device); of each the line that is closest to its points is
 * taken (Moon, Skelly and Towsley, "Estimation and removal of clock skew from network delay measurements", INFOCOM 1999,
 * 10.1109/INFCOM.1999.749287), and the middle of both is the clock. What the quickest ways there and back differ by stays in the
 * offset (half of it), and out of the rate.
 */
export class ClockFit {
  #samples: ClockSample[] = [];
  #line: Line | undefined;

  add(sample: ClockSample): void {
    const { sent_s, received_s, device_s } = sample;
    if (!(received_s >= sent_s) || !Number.isFinite(device_s)) return;
    this.#samples.push(sample);
    this.#line = undefined;
    if (received_s - (this.#samples[0]?.received_s ?? 0) > 2 * WINDOW_S)
      this.#samples = this.#samples.filter((one) => received_s - one.received_s <= WINDOW_S);
  }

  /** The device was reset: its clock began again. */
  reset(): void {
    this.#samples = [];
    this.#line = undefined;
  }

  /** Device seconds per host second minus one, and how long it was observed; undefined as long as nothing can be said. */
  fit(): { readonly drift: number; readonly observed_s: number } | undefined {
    const observed_s = this.#observed_s();
    const line = observed_s >= SHORTEST_S ? this.#find() : undefined;
    return line && { drift: line.slope - 1, observed_s };
  }

  /** Host time of a moment of the device's clock; undefined as long as nothing can be said. */
  toHost_s(device_s: number): number | undefined {
    const line = this.#find();
    return line && line.host_s + (device_s - line.device_s) / line.slope;
  }

  #observed_s(): number {
    return (this.#samples.at(-1)?.received_s ?? 0) - (this.#samples[0]?.sent_s ?? 0);
  }

  #find(): Line | undefined {
    const [first] = this.#samples;
    if (!first) return undefined;
    if (this.#line) return this.#line;
    const origin_s = first.sent_s;
    const under = lineUnder(this.#samples.map((one) => [one.sent_s - origin_s, one.device_s - first.device_s]));
    // seen from above it is a line under, upside down
    const over = lineUnder(this.#samples.map((one) => [one.received_s - origin_s, first.device_s - one.device_s]));
    const middle_s = this.#observed_s() / 2;
    const enough = this.#observed_s() >= SHORTEST_S;
    const slope = enough ? (under.slope - over.slope) / 2 : 1;
    const at = ({ x, y, slope: own }: ReturnType<typeof lineUnder>, sign: number) =>
      sign * y + (enough ? sign * own : 1) * (middle_s - x);
    this.#line = {
      slope,
      host_s: origin_s + middle_s,
      device_s: first.device_s + (at(under, 1) + at(over, -1)) / 2,
    };
    return this.#line;
  }
}

/** The line under all points that is closest to them in sum: the edge of their lower hull below the mean. */
function lineUnder(points: readonly (readonly [number, number])[]): {
  readonly slope: number;
  readonly x: number;
  readonly y: number;
} {
  const sorted = [...points].sort(([a], [b]) => a - b);
  const hull: (readonly [number, number])[] = [];
  for (const point of sorted) {
    for (;;) {
      const [a, b] = [hull.at(-2), hull.at(-1)];
      if (!a || !b || (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]) > 0) break;
      hull.pop();
    }
    hull.push(point);
  }
  const mean = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const right = Math.max(
    1,
    hull.findIndex(([x]) => x >= mean),
  );
  const [x, y] = hull[right - 1] ?? [0, 0];
  const [toX, toY] = hull[right] ?? [x + 1, y + 1];
  return { slope: (toY - y) / (toX - x), x, y };
}
