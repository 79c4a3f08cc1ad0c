/**
 * Hodgkin and Huxley's squid axon at 6.3 degrees Celsius, J. Physiol. 117, 500 (1952), 10.1113/jphysiol.1952.sp004764, in
 * the form with a rest of -65 mV.
 *
 *   C V' = I - g_Na m^3 h (V - E_Na) - g_K n^4 (V - E_K) - g_L (V - E_L)
 *   x' = alpha_x(V) (1 - x) - beta_x(V) x,   x = m, h, n
 *
 *   g_Na, g_K, g_L   1200, 360, 3 S/m2       E_Na, E_K, E_L   50, -77, -54.387 mV       C   0.01 F/m2
 *
 * Step: gates by their exact exponential at the old V (Rush and Larsen, 10.1109/TBME.1978.326270), then V by its
 * exponential with the new gates. 10 us resolves a spike.
 */
const SODIUM_S_M2 = 1200;
const POTASSIUM_S_M2 = 360;
const LEAK_S_M2 = 3;
const SODIUM_V = 0.05;
const POTASSIUM_V = -0.077;
const LEAK_V = -0.054387;
const CAPACITANCE_F_M2 = 0.01;
export const REST_V = -0.065;

/** Membranes of any number of neurons; one value each. */
export interface Neurons {
  readonly potential_V: Float64Array;
  readonly m: Float64Array;
  readonly h: Float64Array;
  readonly n: Float64Array;
}

/** Neurons at rest: -65 mV, gates in their steady state. @throws RangeError unless count is a positive integer */
export function makeNeurons(count: number): Neurons {
  if (!(Number.isInteger(count) && count > 0)) throw new RangeError(`count is ${count}, allowed are integers from 1`);
  const steady = (gate: number) => {
    gateRates(REST_V, gate);
    return new Float64Array(count).fill(rates[0] / (rates[0] + rates[1]));
  };
  return { potential_V: new Float64Array(count).fill(REST_V), m: steady(0), h: steady(1), n: steady(2) };
}

/**
 * Advances every neuron by dt_s.
 * @param current_A_m2 injected current per membrane area, one value per neuron; 1 uA/cm2 is 0.01 A/m2
 */
export function stepNeurons(neurons: Neurons, current_A_m2: Float64Array, dt_s: number): void {
  const { potential_V, m, h, n } = neurons;
  if (current_A_m2.length !== potential_V.length)
    throw new RangeError(`Got ${current_A_m2.length} currents for ${potential_V.length} neurons`);
  if (!(dt_s >= 0)) throw new RangeError(`dt_s is ${dt_s}, allowed are values from 0`);
  for (let k = 0; k < potential_V.length; k++) {
    const v = potential_V[k];
    m[k] = relaxGate(v, 0, m[k], dt_s);
    h[k] = relaxGate(v, 1, h[k], dt_s);
    n[k] = relaxGate(v, 2, n[k], dt_s);
    const sodium = SODIUM_S_M2 * m[k] * m[k] * m[k] * h[k];
    const potassium = POTASSIUM_S_M2 * n[k] * n[k] * n[k] * n[k];
    const total = sodium + potassium + LEAK_S_M2;
    const limit_V = (current_A_m2[k] + sodium * SODIUM_V + potassium * POTASSIUM_V + LEAK_S_M2 * LEAK_V) / total;
    potential_V[k] = limit_V + (v - limit_V) * Math.exp((-total * dt_s) / CAPACITANCE_F_M2);
  }
}

/** alpha and beta in 1/s of the gate being asked for. */
const rates = new Float64Array(2);

function relaxGate(v: number, gate: number, x: number, dt_s: number): number {
  gateRates(v, gate);
  const total = rates[0] + rates[1];
  const steady = rates[0] / total;
  return steady + (x - steady) * Math.exp(-total * dt_s);
}

/** Rates of gate 0 (m), 1 (h), 2 (n), published in 1/ms against mV. */
function gateRates(v: number, gate: number): void {
  const u = 1000 * v;
  if (gate === 0) {
    rates[0] = 1000 * linoid(u + 40, 10);
    rates[1] = 4000 * Math.exp(-(u + 65) / 18);
  } else if (gate === 1) {
    rates[0] = 70 * Math.exp(-(u + 65) / 20);
    rates[1] = 1000 / (1 + Math.exp(-(u + 35) / 10));
  } else {
    rates[0] = 100 * linoid(u + 55, 10);
    rates[1] = 125 * Math.exp(-(u + 65) / 80);
  }
}

/** (u / s) / (1 - exp(-u / s)), 1 at u = 0. */
function linoid(u: number, s: number): number {
  const z = u / s;
  return Math.abs(z) < 1e-9 ? 1 + z / 2 : -z / Math.expm1(-z);
}
