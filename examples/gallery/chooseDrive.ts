import { loopArea } from "crosspore";
import {
  type Environment,
  type JunctionKernel,
  type JunctionModel,
  type Parameters,
  resolveJunction,
} from "crosspore/crossbar";
import { type Applied, type GalleryRecord, recordPeriod } from "./driveJunction.ts";

/** How a model is shown: everything but the hints below follows from its valid range and its time constants. */
export interface Drive {
  readonly kernel: JunctionKernel;
  readonly parameters: Parameters;
  readonly amplitude_V: number;
  /** At which the conductance of the pulse response is read; held all the time where the surroundings drive. */
  readonly read_V: number;
  /** The frequency of the largest loop, rounded to 1, 2 or 5. */
  readonly frequency_Hz: number;
  /** A junction that does not come back: its first period, from rest. */
  readonly first: boolean;
  readonly stimulus?: Stimulus;
}

/** A model that answers to its surroundings is driven by them. */
export interface Stimulus {
  readonly quantity: keyof Environment;
  readonly level: number;
  /** As axes and captions say it. */
  readonly words: string;
  readonly unit: string;
}

interface Hint {
  readonly amplitude_V?: number;
  readonly read_V?: number;
  readonly frequency_Hz?: number;
  readonly parameters?: Parameters;
  readonly first?: boolean;
  readonly stimulus?: Stimulus;
}

const light = (level: number): Stimulus => ({ quantity: "opticalPower_W", level, words: "light", unit: "W" });

/** Where the published experiment, or the mechanism, says more than a range does. */
const HINTS: Readonly<Record<string, Hint>> = {
  ohmic: { amplitude_V: 1 },
  svm: { amplitude_V: 1 },
  "four-loops": { amplitude_V: 1 },
  "pressure-cone": {
    read_V: 1,
    stimulus: { quantity: "pressure_Pa", level: 1e4, words: "pressure", unit: "Pa" },
  },
  "chemical-cone": {
    read_V: 1,
    stimulus: { quantity: "saltRight_mM", level: 0.1, words: "binding ion", unit: "mM" },
  },
  // write and erase pulses of 10 s
  "adsorption-slit-plastic": { amplitude_V: 1, frequency_Hz: 0.02 },
  // molecular dynamics: 1.2 V/nm over 1 nm at 200 MHz
  "mosse-pore": { amplitude_V: 1.2, frequency_Hz: 2e8 },
  // thresholds in the upper half of the range
  "hydrophobic-gate": { amplitude_V: 0.25 },
  "aerolysin-pore": { amplitude_V: 0.2 },
  "alamethicin-bilayer": { amplitude_V: 0.15 },
  "bilayer-memcapacitor": { amplitude_V: 0.15 },
  "alginate-gel": { amplitude_V: 1 },
  "complementary-alginate": { amplitude_V: 2 },
  // write pulses of 1 us
  "electrochemical-transistor": { amplitude_V: 1, frequency_Hz: 2e5 },
  // short-circuit currents of sources
  "photo-junction": { read_V: 0, stimulus: light(20e-3) },
  "go-dendrite": { read_V: 0, stimulus: light(20e-3) },
  // strong light is remembered for hours
  "mof-membrane": { first: true, frequency_Hz: 0.2, stimulus: light(1e-3) },
  "pnipam-gate": { stimulus: light(1e-3) },
  // a wedged pore stays closed
  "liposome-plug": { first: true, frequency_Hz: 1 },
};

export function chooseDrive(model: JunctionModel): Drive {
  const hint = HINTS[model.name] ?? {};
  const parameters = hint.parameters ?? {};
  const kernel = resolveJunction(model.name, parameters);
  const [least, most] = model.validRange_V;
  const amplitude_V = hint.amplitude_V ?? round(Math.min(-least, most) / 2);
  const drive = {
    kernel,
    parameters,
    amplitude_V,
    read_V: hint.read_V ?? amplitude_V / 10,
    first: hint.first ?? false,
    ...(hint.stimulus && { stimulus: hint.stimulus }),
  };
  return { ...drive, frequency_Hz: hint.frequency_Hz ?? findFrequency(drive) };
}

/** What is applied at a phase from 0 to 1: a sine of the voltage, or of the stimulus from 0 up. */
export function applySine({ amplitude_V, read_V, stimulus }: Omit<Drive, "frequency_Hz">): (phase: number) => Applied {
  if (stimulus === undefined)
    return (phase) => ({ voltage_V: phase === 0.5 ? 0 : amplitude_V * Math.sin(2 * Math.PI * phase) });
  const { quantity, level } = stimulus;
  return (phase) => ({
    voltage_V: read_V,
    environment: { [quantity]: level * 0.5 * (1 - Math.cos(2 * Math.PI * phase)) },
  });
}

/** The loop that fills most of its box, among frequencies around the time constants, three per decade. */
function findFrequency(drive: Omit<Drive, "frequency_Hz">): number {
  const { kernel, amplitude_V } = drive;
  const { min_s, max_s } = timesOf(kernel, amplitude_V);
  if (!Number.isFinite(min_s)) return 1;
  const slowest = Math.floor(3 * Math.log10(1 / (2 * Math.PI * max_s)) - 1);
  const fastest = Math.ceil(3 * Math.log10(1 / (2 * Math.PI * min_s)) + 1);
  const applied = applySine(drive);
  let best = { openness: 0, frequency_Hz: 1 / (2 * Math.PI * max_s) };
  for (let third = slowest; third <= fastest; third++) {
    const frequency_Hz = round(10 ** (third / 3));
    const record = recordPeriod(kernel, applied, frequency_Hz, { samples: 120, cycles: drive.first ? 0 : 12 });
    const level = drive.stimulus === undefined ? record.voltage_V : stimulusOf(drive, record.time_s, frequency_Hz);
    const answer = answerOf(drive, record).values;
    const area = loopArea(level, answer);
    const box = area.positiveBox_W + area.negativeBox_W;
    const openness = box > 0 ? (Math.abs(area.positive_W) + Math.abs(area.negative_W)) / box : 0;
    if (openness > best.openness * (1 + 1e-9)) best = { openness, frequency_Hz };
  }
  return round(best.frequency_Hz);
}

/** What is drawn against the drive: charge of what only stores it, conductance where surroundings act, else current. */
export function answerOf(
  { kernel, stimulus }: Pick<Drive, "kernel" | "stimulus">,
  record: Pick<GalleryRecord, "current_A" | "carried_A" | "conductance_S" | "charge_C">,
): { readonly values: Float64Array; readonly quantity: string; readonly unit: string } {
  const { plug } = kernel.model;
  // displacement would hide what a conductance remembers
  if (plug === "mixed") return { values: record.carried_A, quantity: "carried current", unit: "A" };
  if (plug === "memcapacitive") return { values: record.charge_C, quantity: "charge", unit: "C" };
  return stimulus !== undefined && plug === "memristive"
    ? { values: record.conductance_S, quantity: "conductance", unit: "S" }
    : { values: record.current_A, quantity: "current", unit: "A" };
}

export function stimulusOf(
  drive: Omit<Drive, "frequency_Hz">,
  time_s: Float64Array,
  frequency_Hz: number,
): Float64Array {
  const applied = applySine(drive);
  const quantity = drive.stimulus?.quantity;
  return time_s.map((t) =>
    quantity === undefined ? 0 : (applied((t * frequency_Hz) % 1).environment?.[quantity] ?? 0),
  );
}

/** Finite time constants at half and full drive; two decades where the slow end is open. */
function timesOf(kernel: JunctionKernel, amplitude_V: number): { readonly min_s: number; readonly max_s: number } {
  const state = kernel.allocate({ rows: 1, columns: 1 });
  let [min_s, max_s] = [Infinity, 0];
  for (const part of [-1, -0.5, 0.5, 1]) {
    const times = kernel.timescales(state, Float64Array.of(part * amplitude_V));
    min_s = Math.min(min_s, times.min_s);
    if (Number.isFinite(times.max_s)) max_s = Math.max(max_s, times.max_s);
  }
  return { min_s, max_s: max_s > 0 ? Math.max(min_s, Math.min(max_s, 1e6 * min_s)) : 100 * min_s };
}

/** To 1, 2 or 5 times a power of ten. */
export function round(value: number): number {
  const decade = Math.floor(Math.log10(value));
  const lead = value / 10 ** decade;
  // the nearest on a logarithmic scale
  const step = lead ** 2 < 2 ? 1 : lead ** 2 < 10 ? 2 : lead ** 2 < 50 ? 5 : 10;
  return Number(`${step}e${decade}`);
}
