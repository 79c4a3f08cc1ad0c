import type { CircuitElement } from "./circuit.ts";
import type { Device } from "./device.ts";
import { potential } from "./system.ts";

/** Devices without memory of their own. `from`, `to`, `branch` are rows of the system, -1 is ground. */
export interface Place {
  readonly from: number;
  readonly to: number;
  /** First own unknown. */
  readonly branch: number;
  readonly plus: number;
  readonly minus: number;
}

type Lumped = Exclude<CircuitElement, { kind: "junction" | "threshold-switch" }>;

const PLAIN = { states: [], state: () => Number.NaN, edges_s: [], fastest_s: Infinity } as const;

export function makeLumped(element: Lumped, { from, to, branch, plus, minus }: Place): Device {
  const voltage = (y: Float64Array) => potential(y, from) - potential(y, to);
  const plain = { ...PLAIN, name: element.name, voltage };
  const conductor = (law: (v: number) => readonly [current: number, slope: number]): Device => ({
    ...plain,
    unknowns: 0,
    load(y, _time_s, system) {
      const [current, slope] = law(voltage(y));
      system.addCurrent(from, to, current, slope);
    },
    current: (y) => law(voltage(y))[0],
  });
  const held = (value: (y: Float64Array, time_s: number) => number, more: Partial<Device>, gain = 0): Device => ({
    ...plain,
    ...more,
    unknowns: 1,
    load(y, time_s, system) {
      system.add(from, y[branch]);
      system.add(to, -y[branch]);
      system.derive(from, branch, 1);
      system.derive(to, branch, -1);
      system.add(branch, voltage(y) - value(y, time_s));
      system.derive(branch, from, 1);
      system.derive(branch, to, -1);
      system.derive(branch, plus, -gain);
      system.derive(branch, minus, gain);
    },
    current: (y) => y[branch],
  });
  switch (element.kind) {
    case "resistor":
      return conductor((v) => [v / element.resistance_ohm, 1 / element.resistance_ohm]);
    case "polynomial-conductor":
      return conductor((v) => horner(element.coefficients, v));
    case "table-conductor":
      return conductor((v) => along(element.voltages_V, element.currents_A, v));
    case "battery":
      return held(() => element.voltage_V, {});
    case "voltage-source":
      return held((_y, time_s) => element.voltage_V.at(time_s), { edges_s: element.voltage_V.edges_s });
    case "follower":
      return held((y) => element.gain * (potential(y, plus) - potential(y, minus)), {}, element.gain);
    case "current-source":
      return {
        ...plain,
        edges_s: element.current_A.edges_s,
        unknowns: 0,
        load: (_y, time_s, system) => system.addCurrent(from, to, element.current_A.at(time_s), 0),
        current: (_y, time_s) => element.current_A.at(time_s),
      };
    case "capacitor": {
      const { capacitance_F, initial_V = 0 } = element;
      return {
        ...plain,
        unknowns: 0,
        load: (y, _time_s, system) => system.addCharge(from, to, capacitance_F * voltage(y), capacitance_F),
        initial: (system) => system.addCharge(from, to, capacitance_F * initial_V, 0),
        current: () => 0,
        charge: (y) => capacitance_F * voltage(y),
        energy: (y) => 0.5 * capacitance_F * voltage(y) ** 2,
      };
    }
    case "inductor": {
      const { inductance_H, initial_A = 0 } = element;
      return {
        ...plain,
        unknowns: 1,
        load(y, _time_s, system) {
          system.add(from, y[branch]);
          system.add(to, -y[branch]);
          system.derive(from, branch, 1);
          system.derive(to, branch, -1);
          // L di/dt - v = 0
          system.Q[branch] += inductance_H * y[branch];
          system.dQ[branch * system.size + branch] += inductance_H;
          system.add(branch, -voltage(y));
          system.derive(branch, from, -1);
          system.derive(branch, to, 1);
        },
        initial(system) {
          system.Q[branch] += inductance_H * initial_A;
        },
        current: (y) => y[branch],
        energy: (y) => 0.5 * inductance_H * y[branch] ** 2,
      };
    }
  }
}

function horner(coefficients: readonly number[], v: number): readonly [number, number] {
  let [value, slope] = [0, 0];
  for (let k = coefficients.length - 1; k >= 0; k--) {
    slope = slope * v + value;
    value = value * v + coefficients[k];
  }
  return [value, slope];
}

function along(x: readonly number[], y: readonly number[], at: number): readonly [number, number] {
  let k = 1;
  while (k < x.length - 1 && at >= x[k]) k++;
  const slope = (y[k] - y[k - 1]) / (x[k] - x[k - 1]);
  return [y[k - 1] + slope * (at - x[k - 1]), slope];
}
