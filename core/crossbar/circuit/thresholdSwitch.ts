import type { ThresholdSwitch } from "./circuit.ts";
import type { Device } from "./device.ts";
import type { Place } from "./lumped.ts";
import { potential } from "./system.ts";

/** g' = (target - g) / tau, exact over a stage since the target changes at located instants only. */
export function makeThresholdSwitch(element: ThresholdSwitch & { readonly name: string }, place: Place): Device {
  const { on_S, off_S, on_V, off_V, tau_s } = element;
  const { from, to } = place;
  let on = element.initiallyOn ?? false;
  let [g, start, saved, trial] = Array<number>(4).fill(on ? on_S : off_S) as [number, number, number, number];
  const voltage = (y: Float64Array) => potential(y, from) - potential(y, to);
  const target = () => (on ? on_S : off_S);
  return {
    name: element.name,
    unknowns: 0,
    voltage,
    begin(_y, dt_s) {
      start = g;
      trial = tau_s === undefined ? target() : target() + (start - target()) * Math.exp(-dt_s / tau_s);
    },
    load: (y, _time_s, system) => system.addCurrent(from, to, trial * voltage(y), trial),
    commit() {
      g = trial;
    },
    hold() {
      g = trial;
    },
    save() {
      saved = g;
    },
    rewind() {
      g = saved;
      trial = g;
    },
    current: (y) => g * voltage(y),
    margin: (y) => (on ? Math.abs(voltage(y)) - off_V : on_V - Math.abs(voltage(y))),
    turn() {
      on = !on;
      if (tau_s === undefined) g = trial = target();
    },
    states: ["conductance_S"],
    state: () => g,
    edges_s: [],
    fastest_s: tau_s ?? Infinity,
  };
}
