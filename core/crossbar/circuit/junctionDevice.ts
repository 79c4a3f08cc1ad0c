import type { Environment } from "../environment.ts";
import type { JunctionState } from "../state.ts";
import { resolveJunction } from "../models/registry.ts";
import { ParameterError } from "../models/parameters.ts";
import { type CircuitJunction, ElementError } from "./circuit.ts";
import type { Device } from "./device.ts";
import type { Place } from "./lumped.ts";
import { potential } from "./system.ts";

/** Voltage step of the derivatives, relative and absolute. */
const NUDGE = 1e-6;
const LEAST_NUDGE_V = 1e-9;

/**
 * A junction of any model. Over a stage its states advance by the model's own integrator with the mean of the voltages at
 * both ends held (second order), inside the Newton iteration: its slope is that of i(v, x(v)), so that a junction much
 * faster than the step, or with negative differential resistance, converges like any conductor. Random junctions draw their
 * numbers once per step: their states move at its end.
 */
export function makeJunctionDevice(
  element: CircuitJunction & { readonly name: string },
  { from, to }: Place,
  environment: Environment,
  seed: number,
  index: number,
): Device {
  const kernel = resolve(element, environment);
  const state = kernel.allocate({ rows: 1, columns: 1 }, seed);
  if (kernel.stochastic) state.field("junction").fill(index);
  setStates(element, state);
  const bytes = new Uint8Array(state.buffer);
  const [begun, saved] = [bytes.slice(), bytes.slice()];
  const [v, out] = [new Float64Array(1), new Float64Array(1)];
  const voltage = (y: Float64Array) => potential(y, from) - potential(y, to);
  let [startV, dt] = [0, 0];

  const advance = (end: number): void => {
    bytes.set(begun);
    v[0] = (startV + end) / 2;
    if (dt > 0) kernel.step(state, v, dt);
  };
  const read = (what: "current" | "slope" | "charge" | "storedEnergy", at: number): number => {
    v[0] = at;
    kernel[what]?.(state, v, out);
    return out[0];
  };
  const device: Device = {
    name: element.name,
    unknowns: 0,
    voltage,
    begin(y, dt_s) {
      begun.set(bytes);
      startV = voltage(y);
      dt = dt_s;
    },
    load(y, _time_s, system) {
      const end = voltage(y);
      if (kernel.stochastic) {
        system.addCurrent(from, to, read("current", end), read("slope", end));
        if (kernel.charge) system.addCharge(from, to, read("charge", end), 0);
        return;
      }
      const nudge = Math.max(NUDGE * Math.abs(end), LEAST_NUDGE_V);
      advance(end + nudge);
      const [currentAbove, chargeAbove] = [
        read("current", end + nudge),
        kernel.charge ? read("charge", end + nudge) : 0,
      ];
      advance(end);
      const current = read("current", end);
      system.addCurrent(from, to, current, (currentAbove - current) / nudge);
      if (!kernel.charge) return;
      const charge = read("charge", end);
      system.addCharge(from, to, charge, (chargeAbove - charge) / nudge);
    },
    save: () => saved.set(bytes),
    rewind: () => bytes.set(saved),
    hold(y, dt_s) {
      v[0] = voltage(y);
      kernel.step(state, v, dt_s);
    },
    disagreement(start, end, dt_s) {
      if (kernel.stochastic) {
        // the whole step at once, with the mean voltage
        v[0] = (voltage(start) + voltage(end)) / 2;
        kernel.step(state, v, dt_s);
        return 0;
      }
      const at = voltage(end);
      const staged = read("slope", at);
      begun.set(bytes);
      bytes.set(saved);
      v[0] = (voltage(start) + at) / 2;
      kernel.step(state, v, dt_s);
      const once = read("slope", at);
      bytes.set(begun);
      // held means of both halves against one of the whole: their difference is four times the error left
      return Math.abs(once - staged) / (4 * Math.max(Math.abs(staged), Math.abs(once), Number.MIN_VALUE));
    },
    current: (y) => read("current", voltage(y)),
    states: kernel.model.states.map(({ name }) => name),
    state: (name) => state.field(name)[0],
    edges_s: [],
    fastest_s: kernel.timescales(state).min_s,
  };
  if (kernel.charge) device.charge = (y) => read("charge", voltage(y));
  if (kernel.storedEnergy) device.energy = (y) => read("storedEnergy", voltage(y));
  return device;
}

function resolve(element: CircuitJunction & { readonly name: string }, environment: Environment) {
  try {
    return resolveJunction(element.model, element.parameters, environment);
  } catch (error) {
    if (error instanceof ParameterError)
      throw new ElementError(
        element.name,
        error.message,
        error.parameter === "" ? "parameters" : `parameters.${error.parameter}`,
      );
    if (error instanceof RangeError) throw new ElementError(element.name, error.message, "model");
    throw error;
  }
}

function setStates(element: CircuitJunction & { readonly name: string }, state: JunctionState): void {
  for (const [name, value] of Object.entries(element.initial ?? {})) {
    if (!state.names.includes(name))
      throw new ElementError(
        element.name,
        `${element.model} has no state "${name}", it has ${state.names.join(", ")}`,
        `initial.${name}`,
      );
    if (!Number.isFinite(value))
      throw new ElementError(element.name, `${name} is ${value}, allowed are finite values`, `initial.${name}`);
    state.field(name)[0] = value;
  }
}
