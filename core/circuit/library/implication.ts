import { simulateCircuit } from "../../crossbar/circuit/simulateCircuit.ts";
import { measureRecord } from "../measure.ts";
import { readCircuit } from "../readCircuit.ts";
import { runAgain, withChanges } from "../runFile.ts";
import type { ShippedCircuit, ShippedInput } from "./shipped.ts";

/** Blister height and accumulated charge: logic 1 is (1, all charge), logic 0 is (0, 0). */
export interface Blister {
  readonly blister: number;
  readonly charge_C: number;
}

export const TRUE: Blister = { blister: 1, charge_C: 200e-9 };
export const FALSE: Blister = { blister: 0, charge_C: 0 };
const CASES = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;
const logic = (bit: number): Blister => (bit === 1 ? TRUE : FALSE);

/** q <- p IMP q; both switches as they are afterwards. @param gate_ohm of the shared resistor, that of the file if absent */
export function imply(text: string, p: Blister, q: Blister, gate_ohm?: number) {
  const file = readCircuit(text, "imp.yaml");
  const circuit = withChanges(file.circuit, {
    P: { initial: { ...p } },
    Q: { initial: { ...q } },
    ...(gate_ohm === undefined ? {} : { gate: { resistance_ohm: gate_ohm } }),
  });
  const record = runAgain(file, circuit);
  return { record, p: blisterOf(record, "P"), q: blisterOf(record, "Q") };
}

function blisterOf(record: ReturnType<typeof runAgain>, name: string): Blister {
  const final = (state: string) =>
    measureRecord(record, { kind: "final", state: `${name}.${state}`, from_s: 0 }) ?? Number.NaN;
  return { blister: final("blister"), charge_C: final("charge_C") };
}

/** Distance of the worst output, p included, from the wrong state: 1 is perfect, 0.5 undecided. */
export function implicationMargin(text: string, gate_ohm?: number): number {
  return Math.min(
    ...CASES.flatMap(([p, q]) => {
      const after = imply(text, logic(p), logic(q), gate_ohm);
      return [right(after.p.blister, p), right(after.q.blister, p === 0 || q === 1 ? 1 : 0)];
    }),
  );
}

const right = (height: number, bit: number) => (bit === 1 ? height : 1 - height);

export const imp: ShippedCircuit = {
  name: "imp",
  title: "Implication gate of two blister switches",
  source: "10.1038/s41928-024-01137-9",
  file: "imp.yaml",
  run({ text }) {
    const file = text("imp.yaml");
    const runs = CASES.map(([p, q]) => ({ bits: { p, q }, ...imply(file, logic(p), logic(q)) }));
    const table = runs.map(({ bits, p, q }) => ({ ...bits, pAfter: p.blister, qAfter: q.blister }));
    return {
      metrics: { table, margin: implicationMargin(file) },
      caption: "Blister of Q for the four inputs (p, q): q becomes (not p) or q; p stays.",
      panels: [
        {
          panel: {
            x: { quantity: "time", unit: "s" },
            y: { quantity: "blister of Q", unit: "", extent: [-0.05, 1.05] },
            series: runs.map((run, k) => ({
              x: run.record.time_s,
              y: run.record.state["Q.blister"] ?? [],
              kind: "line" as const,
              tone: (["emulated", "emulated-2", "measured", "mute"] as const)[k] ?? "ink",
              label: `(${CASES[k]?.join(", ")})`,
              width: 1.5,
            })),
          },
          height: 260,
        },
      ],
    };
  },
};

export const nand: ShippedCircuit = {
  name: "nand",
  title: "NAND of blister switches: FALSE, two implications, a restoring pulse between",
  source: "10.1038/s41928-024-01137-9",
  file: "false.yaml",
  run(input) {
    const steps = CASES.map(([p, q]) => ({ p, q, ...runNand(input, p, q) }));
    return {
      metrics: {
        table: steps.map(({ p, q, s }) => ({ p, q, s })),
        margin: Math.min(...steps.map(({ p, q, s }) => right(s, p === 1 && q === 1 ? 0 : 1))),
      },
      caption: "Blister of S after FALSE, p IMP S, a restoring pulse and q IMP S, for the four inputs (p, q).",
      panels: [
        {
          panel: {
            x: { quantity: "operation", unit: "", whole: true },
            y: { quantity: "blister of S", unit: "", extent: [-0.05, 1.05] },
            series: steps.map(({ p, q, path }, k) => ({
              x: [0, 1, 2, 3, 4],
              y: path,
              kind: "line" as const,
              tone: (["emulated", "emulated-2", "measured", "mute"] as const)[k] ?? "ink",
              label: `(${p}, ${q})`,
              width: 1.5,
            })),
          },
          height: 260,
        },
      ],
    };
  },
};

/** S from any state: cleared, then set by both inputs in turn. */
function runNand({ text }: ShippedInput, p: number, q: number) {
  const apply = (file: string, before: Blister) => {
    const { circuit, run } = readCircuit(text(file), file);
    const changed = withChanges(circuit, { S: { initial: { ...before } } });
    return blisterOf(simulateCircuit(changed, run), "S");
  };
  const cleared = apply("false.yaml", TRUE);
  const first = imply(text("imp.yaml"), logic(p), cleared).q;
  const restored = apply("restore.yaml", first);
  const second = imply(text("imp.yaml"), logic(q), restored).q;
  return { s: second.blister, path: [TRUE, cleared, first, restored, second].map(({ blister }) => blister) };
}
