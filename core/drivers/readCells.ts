import { AbortedError } from "../errors.ts";
import type { Admitted } from "../limiter/limiter.ts";
import type { Address, ProductReadout } from "../stimulus.ts";
import type { ChannelCapabilities, ChannelPlan, Potentiostat, Selector } from "./instrument.ts";
import { checkPlan } from "./planChannel.ts";

/** One junction, to be read alone. */
export interface Cell extends Address {
  readonly plan: Admitted<ChannelPlan>;
}

type CellReadout = Pick<ProductReadout, "integration_s" | "currentRange_A">;

/** What plans are made for. */
export interface CellPlanner {
  readonly channel: ChannelCapabilities;
  readonly readout: CellReadout;
  readonly compliance_A: number;
  /** Whether the instrument reads many junctions as a job of its own, which takes any time. */
  readonly byJob: boolean;
  admit(plan: ChannelPlan, where: string): Admitted<ChannelPlan>;
}

export interface CellReadings {
  readonly current_A: Float64Array;
  readonly overloads: number;
  /** On the clock that was handed over. */
  readonly times_s: Float64Array;
}

/** @throws LimitError | UnsupportedError naming the junction, before anything moves */
export function planCell(planner: CellPlanner, { row, column }: Address, voltage_V: number, what: string): Cell {
  const { channel, readout, compliance_A, byJob, admit } = planner;
  const plan: ChannelPlan = {
    voltage_V: Float64Array.of(voltage_V),
    duration_s: Float64Array.of(readout.integration_s),
    measured: Uint8Array.of(1),
    currentRange_A: readout.currentRange_A,
    compliance_A,
  };
  const where = `${what}, row ${row}, column ${column}`;
  checkPlan(plan, byJob ? { ...channel, shortestMeasured_s: 0 } : channel, where);
  return { row, column, plan: admit(plan, where) };
}

/**
 * The current of each junction alone, one after the other, in the instrument's own job where it has one, and when each was read:
 * the moment its turn began, or evenly over the job, whose parts nobody times.
 * @throws AbortedError, InstrumentError | TransportError
 */
export async function readCells(
  { instrument, selector }: { readonly instrument: Potentiostat; readonly selector: Selector },
  cells: readonly Cell[],
  select: (address: Address) => Promise<void>,
  now_s: () => number,
  stop: AbortSignal,
): Promise<CellReadings> {
  const stopped = () => {
    if (stop.aborted) throw new AbortedError("The reads were stopped, the output is safe");
  };
  stopped();
  const current_A = new Float64Array(cells.length);
  const times_s = new Float64Array(cells.length);
  let overloads = 0;
  if (selector.readJunctions) {
    const start_s = now_s();
    const points = cells.length === 0 ? [] : await selector.readJunctions(cells, stop);
    const each_s = (now_s() - start_s) / Math.max(1, cells.length);
    times_s.forEach((_, k) => (times_s[k] = start_s + k * each_s));
    for (const { point, current_A: measured_A, overload } of points) {
      current_A[point] = measured_A;
      if (overload) overloads++;
    }
  } else
    for (const together of groupCells(cells, instrument.channel.inputs !== undefined)) {
      const [first] = together;
      if (!first) continue;
      await select(first.cell);
      stopped();
      const at_s = now_s();
      for (const { slot } of together) times_s[slot] = at_s;
      await selector.trigger?.();
      await instrument.play(
        first.cell.plan,
        (points) => {
          for (const { input, current_A: measured_A, overload } of points)
            for (const { cell, slot } of together) {
              if (input !== undefined && input !== cell.column) continue;
              current_A[slot] = measured_A;
              if (overload) overloads++;
            }
        },
        stop,
      );
      await selector.confirm?.(first.cell);
    }
  stopped();
  return { current_A, overloads, times_s };
}

interface Slotted {
  readonly cell: Cell;
  /** Index in the list. */
  readonly slot: number;
}

/** Neighbours of one row at one voltage, where the columns are read at once; one by one otherwise. */
function groupCells(cells: readonly Cell[], byRow: boolean): readonly (readonly Slotted[])[] {
  const groups: Slotted[][] = [];
  for (const [slot, cell] of cells.entries()) {
    const last = groups.at(-1);
    const [first] = last ?? [];
    const joins = byRow && first?.cell.row === cell.row && first.cell.plan.voltage_V[0] === cell.plan.voltage_V[0];
    if (last && joins) last.push({ cell, slot });
    else groups.push([{ cell, slot }]);
  }
  return groups;
}
