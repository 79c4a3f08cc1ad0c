import type { ClampMode } from "./modes.ts";

/**
 * What amplifiers without computer control tell by voltages ("telegraphs"). Pure tables. Sources: WinWCP AmpModule.pas (79bb1a1),
 * ACQ4 AxoPatch200 (074199f), RTXI am-amp2400 (8608459), Axopatch 200B manual; of the Warner PC-501A only steps and ends are given
 * there, its levels are taken to begin at one step and its gains to go 1, 2, 5.
 */
export interface Telegraphs {
  readonly gain_V?: number;
  readonly frequency_V?: number;
  readonly mode_V?: number;
}

export type TelegraphedMode = ClampMode | "track";

/** What an amplifier is set to, as far as it can be known. Nothing is guessed: what no table holds is unknown, with the reason. */
export interface AmplifierState {
  /** Volt at the output per ampere. */
  readonly gain_V_A: number | "unknown";
  /** Corner of the output filter, hertz. */
  readonly lowPass_Hz: number | "unknown";
  readonly mode: TelegraphedMode | "unknown";
  /** Why something is unknown, a sentence each. */
  readonly reasons: readonly string[];
}

/** A voltage is a level's where it is off by no more than this part of the distance to the next. */
const NEAR = 0.4;

interface Table<Value> {
  readonly levels: readonly (readonly [volts: number, value: Value])[];
  /** Distance of neighbours. */
  readonly step_V: number;
}

export interface TelegraphedAmplifier {
  readonly name: string;
  readonly title: string;
  readonly gain: Table<number>;
  /** Volt per ampere of one unit of the table; absent: no source gives it. */
  readonly gainUnit_V_A?: number;
  readonly frequency?: Table<number>;
  readonly mode?: Table<TelegraphedMode>;
  /** A mode line that is high in current clamp. */
  readonly currentClampFrom_V?: number;
}

const PER_MV_PA = 1e9;
const PER_V_PA = 1e12;

function evenly<Value>(first_V: number, step_V: number, values: readonly Value[]): Table<Value> {
  return { levels: values.map((value, k) => [first_V + k * step_V, value] as const), step_V };
}

/** `digits` through the decades: 1, 2, 5, 10 ... */
function decades(digits: readonly number[], first: number, last: number): number[] {
  const values: number[] = [];
  for (let k = 0; ; k++) {
    const value = (digits[k % digits.length] ?? 1) * 10 ** Math.floor(k / digits.length);
    if (value > last * 1.000001) return values;
    if (value >= first * 0.999999) values.push(value);
  }
}

const by125 = (first: number, last: number) => decades([1, 2, 5], first, last);
const by124 = (first: number, last: number) => decades([1, 2, 4], first, last);

const dagan = (headstage: string, unit_V_pA: number): TelegraphedAmplifier => ({
  name: `dagan-pc-one-${headstage}`,
  title: `Dagan PC-One, ${headstage}ohm headstage`,
  gain: evenly(0.4, 0.4, by125(1, 200)),
  gainUnit_V_A: unit_V_pA * PER_V_PA,
});

const warner = (headstage: string, first: number): TelegraphedAmplifier => ({
  name: `warner-pc-501a-${headstage}`,
  title: `Warner PC-501A, ${headstage}ohm headstage`,
  gain: evenly(0.2, 0.2, by125(first, 100 * first)),
  gainUnit_V_A: 1e-4 * PER_V_PA,
});

export const TELEGRAPHED: readonly TelegraphedAmplifier[] = [
  {
    name: "axopatch-200b",
    title: "Axon Axopatch 200B",
    gain: evenly(0.5, 0.5, [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500]),
    gainUnit_V_A: PER_MV_PA,
    frequency: evenly(2, 2, [1e3, 2e3, 5e3, 10e3, 100e3]),
    // 5 V is no mode
    mode: {
      levels: [
        [1, "IC"],
        [2, "IC"],
        [3, "I=0"],
        [4, "track"],
        [6, "VC"],
      ],
      step_V: 1,
    },
  },
  {
    name: "am-systems-2400",
    title: "A-M Systems 2400",
    gain: { levels: [[0, 1], ...evenly(0.3, 0.5, by125(2, 1e5)).levels], step_V: 0.5 },
    gainUnit_V_A: 1e-5 * PER_V_PA,
    currentClampFrom_V: 2.2,
  },
  {
    name: "heka-epc-800",
    title: "HEKA EPC 800",
    gain: evenly(0, 0.5, by124(1, 4e5)),
    gainUnit_V_A: 5e-6 * PER_V_PA,
  },
  dagan("10M", 1e-5),
  dagan("100M", 1e-4),
  dagan("1G", 1e-3),
  dagan("10G", 1e-2),
  warner("100M", 1),
  warner("1G", 10),
  warner("10G", 100),
  { name: "warner-pc-505b", title: "Warner PC-505B", gain: evenly(0.5, 0.5, by124(1, 2e4)) },
];

export function findTelegraphed(name: string): TelegraphedAmplifier | undefined {
  return TELEGRAPHED.find((amplifier) => amplifier.name === name);
}

/** What the telegraphs of an amplifier say; lines that are not wired leave their part unknown. */
export function decodeTelegraphs(
  amplifier: TelegraphedAmplifier,
  { gain_V, frequency_V, mode_V }: Telegraphs,
): AmplifierState {
  const reasons: string[] = [];
  const read = <Value>(what: string, table: Table<Value> | undefined, volts: number | undefined): Value | "unknown" => {
    if (!table) reasons.push(`${amplifier.title} does not telegraph its ${what}`);
    else if (volts === undefined) reasons.push(`the ${what} telegraph is not wired`);
    else {
      const found = nearest(table, volts);
      if (found !== undefined) return found;
      reasons.push(`${volts} V is no ${what} of ${amplifier.title}`);
    }
    return "unknown";
  };
  let mode = amplifier.currentClampFrom_V === undefined ? read("mode", amplifier.mode, mode_V) : "unknown";
  if (amplifier.currentClampFrom_V !== undefined) {
    if (mode_V === undefined) reasons.push("the mode telegraph is not wired");
    else mode = mode_V >= amplifier.currentClampFrom_V ? "IC" : "VC";
  }
  const position = read("gain", amplifier.gain, gain_V);
  let gain_V_A: number | "unknown" = "unknown";
  if (position !== "unknown") {
    if (mode === "IC") reasons.push("in current clamp the output shows a voltage, no current");
    else if (amplifier.gainUnit_V_A === undefined)
      reasons.push(`the switch stands at ${position}, in a unit that no source of ours gives`);
    else gain_V_A = position * amplifier.gainUnit_V_A;
  }
  return { gain_V_A, lowPass_Hz: read("filter", amplifier.frequency, frequency_V), mode, reasons };
}

function nearest<Value>({ levels, step_V }: Table<Value>, volts: number): Value | undefined {
  let best: readonly [number, Value] | undefined;
  for (const level of levels) if (!best || Math.abs(level[0] - volts) < Math.abs(best[0] - volts)) best = level;
  if (!best) return undefined;
  // neighbours may stand closer together than the others
  const spacing_V = levels.reduce(
    (least_V, [level_V]) => (level_V === best[0] ? least_V : Math.min(least_V, Math.abs(level_V - best[0]))),
    step_V,
  );
  return Math.abs(best[0] - volts) <= NEAR * spacing_V ? best[1] : undefined;
}

/** Cell capacitance of an Axopatch 200B: 10 V are 100 pF with the whole-cell switch at beta = 1, 1000 pF at 0.1; negative = off. */
export function decodeAxopatchCapacitance(volts: number, beta: 1 | 0.1): number | "off" {
  return volts < 0 ? "off" : volts * (10e-12 / beta);
}

const EPC8_STEPS = [0.5, 1, 2, 5, 10, 20];
const EPC8_RANGES = [100, 1e4, 1];

/** Gain of an EPC-8 from its digital lines, V/A: bits 0 to 2 count the step, bits 3 and 4 the range (medium, high, low). */
export function decodeEpc8Gain(bits: number): number | "unknown" {
  const step = EPC8_STEPS[bits & 7];
  const range = EPC8_RANGES[(bits >> 3) & 3];
  return step === undefined || range === undefined ? "unknown" : step * range * 1e-5 * PER_V_PA;
}
