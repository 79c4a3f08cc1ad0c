import { drawText, formatSI, frequencyLabel, type Panel, type Series, stackPlots, wrapFigure, xyPlot } from "crosspore";
import { formatQuantity } from "./formatQuantity.ts";
import { answerOf, applySine, type Drive, round, type Stimulus, stimulusOf } from "./chooseDrive.ts";
import { type Applied, DrivenJunction, type GalleryRecord, recordPeriod } from "./driveJunction.ts";

const TONES = ["emulated-1", "emulated", "emulated-2"] as const;
const [LEFT, RIGHT, HEIGHT, HEADROOM] = [460, 440, 330, 24];
const PULSES = 5;

/** Loops a decade below, at and above the frequency of the largest one, and the response to five pulses of each sign. */
export function drawModel(drive: Drive): string {
  const { model } = drive.kernel;
  const captions = describeDrive(drive);
  const body =
    `<g transform="translate(0 ${HEADROOM})">${drawLoops(drive)}</g>` +
    `<g transform="translate(${LEFT} ${HEADROOM})">${drawPulses(drive)}</g>` +
    drawText(48, 15, captions.loops, { ink: true }) +
    drawText(LEFT + 48, 15, captions.pulses, { ink: true });
  return wrapFigure(
    { width: LEFT + RIGHT, height: HEIGHT + HEADROOM },
    { title: model.title, description: `${captions.loops}; ${captions.pulses}.` },
    body,
    true,
  );
}

export function describeDrive(drive: Drive): { readonly loops: string; readonly pulses: string } {
  const { amplitude_V, stimulus, read_V } = drive;
  const width = formatSI(pulseWidth(drive), "s");
  const read = formatSI(read_V, "V");
  if (stimulus !== undefined) {
    const level = formatQuantity(stimulus.level, stimulus.unit);
    return {
      loops: `${stimulus.words} up to ${level}, ${drive.first ? "first period" : "periodic state"}, at ${read}`,
      pulses: `${PULSES} pulses of ${level}, ${width}, at ${read}`,
    };
  }
  const volts = formatSI(amplitude_V, "V");
  return {
    loops: `sine of ${volts}, ${drive.first ? "first period" : "periodic state"}`,
    pulses: `pulses of ±${volts}, ${width}`,
  };
}

function drawLoops(drive: Drive): string {
  const applied = applySine(drive);
  let answer = { quantity: "current", unit: "A" };
  const series = [0.1, 1, 10].map((factor, k): Series => {
    const frequency_Hz = round(drive.frequency_Hz * factor);
    const record = recordPeriod(drive.kernel, applied, frequency_Hz, { cycles: drive.first ? 0 : 60 });
    const { values, ...labels } = answerOf(drive, record);
    answer = labels;
    return {
      x: drive.stimulus === undefined ? record.voltage_V : stimulusOf(drive, record.time_s, frequency_Hz),
      y: values,
      kind: "line",
      tone: TONES[k] ?? "emulated",
      label: frequencyLabel(frequency_Hz),
      width: 1.4,
    };
  });
  const { stimulus } = drive;
  const panel: Panel = {
    x: stimulus === undefined ? { quantity: "voltage", unit: "V" } : axisOf(stimulus),
    y: { quantity: answer.quantity, unit: answer.unit },
    zeroLines: "both",
    series,
  };
  return xyPlot(panel, { title: "Loops", width: LEFT - 10, height: HEIGHT, standalone: false });
}

/** One time constant of the largest loop. */
function pulseWidth({ frequency_Hz }: Drive): number {
  return round(1 / (2 * Math.PI * frequency_Hz));
}

function drawPulses(drive: Drive): string {
  const { kernel, amplitude_V, read_V, stimulus } = drive;
  const width_s = pulseWidth(drive);
  // pulses of one width, gaps of one width; a pause of five after each train, one before
  const train = 2 * PULSES + 4;
  const trains = stimulus === undefined ? 2 : 1;
  const slots = 1 + trains * train;
  const levelAt = (slot: number): number => {
    const place = (slot - 1) % train;
    const on = slot >= 1 && slot < slots && place < 2 * PULSES && place % 2 === 0;
    return on ? (slot - 1 < train ? 1 : -1) : 0;
  };
  const applied = (time_s: number): Applied => {
    const level = levelAt(Math.floor(time_s / width_s + 1e-9));
    if (stimulus === undefined) return { voltage_V: level * amplitude_V };
    return { voltage_V: read_V, environment: { [stimulus.quantity]: level * stimulus.level } };
  };
  const junction = new DrivenJunction(kernel);
  // a bias that is held all the time has been held before
  if (stimulus !== undefined) junction.hold({ voltage_V: read_V }, 100 * width_s);
  const record = junction.record(applied, slots * width_s, slots * 24, read_V);
  const response = respond(drive, record);
  const time = { quantity: "time", unit: "s" };
  const driveY =
    stimulus === undefined
      ? record.voltage_V
      : record.time_s.map((t) => applied(t).environment?.[stimulus.quantity] ?? 0);
  return stackPlots(
    [
      {
        panel: {
          x: time,
          y: stimulus === undefined ? { quantity: "voltage", unit: "V" } : { ...axisOf(stimulus), zero: true },
          series: [{ x: record.time_s, y: driveY, kind: "line", tone: "mute", width: 1.1 }],
          zeroLines: "y",
          hideX: true,
        },
        height: 90,
      },
      {
        panel: {
          x: time,
          y: { quantity: response.quantity, unit: response.unit },
          series: [
            {
              x: record.time_s,
              y: response.values,
              kind: "line",
              tone: "emulated",
              width: 1.4,
            },
          ],
        },
        height: HEIGHT - 90,
      },
    ],
    { title: "Pulse response", width: RIGHT, standalone: false },
  );
}

/** Salt keeps its field unit, millimolar, which takes no prefix. */
function axisOf({ words, unit }: Stimulus): { readonly quantity: string; readonly unit: string } {
  return unit === "mM" ? { quantity: `${words} / mM`, unit: "" } : { quantity: words, unit };
}

/** What is left of the pulses: conductance or capacitance at the read voltage, current of a source, charge of a store. */
function respond(drive: Drive, record: GalleryRecord): ReturnType<typeof answerOf> {
  const { plug } = drive.kernel.model;
  const at = drive.stimulus === undefined ? ` at ${formatSI(drive.read_V, "V")}` : "";
  const answer = answerOf(drive, record);
  if (plug === "memcapacitive") {
    // a junction whose charge is its state has no capacitance of its own
    const junction = new DrivenJunction(drive.kernel);
    const stiff = junction.charge({ voltage_V: drive.read_V }) === junction.charge({ voltage_V: -drive.read_V });
    if (stiff) return answer;
    return { values: answer.values.map((q) => q / drive.read_V), quantity: `capacitance${at}`, unit: "F" };
  }
  const g = record.conductance_S;
  const moves = g.some((value) => Math.abs(value - (g[0] ?? 0)) > 1e-9 * value);
  return plug === "memristive" || (plug === "mixed" && moves)
    ? { values: g, quantity: `conductance${at}`, unit: "S" }
    : answer;
}
