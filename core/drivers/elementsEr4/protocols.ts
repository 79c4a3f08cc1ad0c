/** The waveforms that an er4 amplifier plays by itself, by number. What the FPGA does between pulses is not published. */
export const ON_BOARD = {
  constant: 0,
  triangle: 1,
  square: 2,
  conductance: 3,
  variableAmplitude: 4,
  variableDuration: 5,
  ramp: 6,
  cyclicVoltammetry: 7,
} as const;

/** One step of the triangle's amplitude. */
export const AMPLITUDE_STEP_V = 0.025;

/** What a waveform is made of; voltages in steps of the amplifier's output. */
export interface WaveformSettings {
  readonly protocol: number;
  readonly hold: number;
  readonly pulse: number;
  readonly step: number;
  readonly initial: number;
  readonly final: number;
  /** Code: 1, 2, 3 = 25, 50, 75 mV, 0 = 100 mV. */
  readonly amplitude: number;
  readonly holdTime_ms: number;
  readonly pulseTime_ms: number;
  readonly stepTime_ms: number;
  readonly rampTime_ms: number;
  readonly period_ms: number;
  readonly count: number;
  readonly repetitions: number;
}

/**
 * The voltage of a protocol in output steps, `time_ms` after its start; a protocol that is over leaves the output at Vhold.
 * @param stepsPerVolt steps of the output
 */
export function voltageAt(settings: WaveformSettings, stepsPerVolt: number, time_ms: number): number {
  const { hold } = settings;
  switch (settings.protocol) {
    case ON_BOARD.triangle: {
      const code = settings.amplitude === 0 ? 4 : settings.amplitude;
      const amplitude = code * AMPLITUDE_STEP_V * stepsPerVolt;
      const phase = (time_ms / Math.max(1, settings.period_ms)) % 1;
      const part = phase < 0.25 ? 4 * phase : phase < 0.75 ? 2 - 4 * phase : 4 * phase - 4;
      return hold + Math.round(part * amplitude);
    }
    case ON_BOARD.square: {
      const half = Math.floor(time_ms / Math.max(1, settings.pulseTime_ms));
      return half % 2 === 0 ? hold + settings.pulse : hold - settings.pulse;
    }
    case ON_BOARD.conductance:
      return pulses(settings, time_ms, 2 * settings.count, (k) => {
        const height = settings.pulse + (k >> 1) * settings.step;
        return { height: k % 2 === 0 ? height : -height, width_ms: settings.pulseTime_ms };
      });
    case ON_BOARD.variableAmplitude:
      return pulses(settings, time_ms, settings.count, (k) => ({
        height: settings.pulse + k * settings.step,
        width_ms: settings.pulseTime_ms,
      }));
    case ON_BOARD.variableDuration:
      return pulses(settings, time_ms, settings.count, (k) => ({
        height: settings.pulse,
        width_ms: Math.max(1, settings.pulseTime_ms + k * settings.stepTime_ms),
      }));
    case ON_BOARD.ramp: {
      const { holdTime_ms, rampTime_ms, pulseTime_ms } = settings;
      const within_ms = repeated(settings, time_ms, holdTime_ms + rampTime_ms + pulseTime_ms);
      if (within_ms === undefined || within_ms < holdTime_ms) return hold;
      return leg(settings, Math.min(1, (within_ms - holdTime_ms) / Math.max(1, rampTime_ms)));
    }
    case ON_BOARD.cyclicVoltammetry: {
      const { holdTime_ms, rampTime_ms, count } = settings;
      const within_ms = repeated(settings, time_ms, holdTime_ms + 2 * count * rampTime_ms);
      if (within_ms === undefined || within_ms < holdTime_ms) return hold;
      const legs = (within_ms - holdTime_ms) / Math.max(1, rampTime_ms);
      const part = legs % 1;
      return leg(settings, Math.floor(legs) % 2 === 0 ? part : 1 - part);
    }
    default:
      return hold;
  }
}

function leg({ initial, final }: WaveformSettings, part: number): number {
  return Math.round(initial + (final - initial) * part);
}

/** Time within the present repetition; undefined when all are over. No repetitions = forever. */
function repeated({ repetitions }: WaveformSettings, time_ms: number, length_ms: number): number | undefined {
  if (!(length_ms > 0)) return undefined;
  if (repetitions > 0 && time_ms >= repetitions * length_ms) return undefined;
  return time_ms % length_ms;
}

/** Before each pulse the output is at Vhold for Thold. */
function pulses(
  settings: WaveformSettings,
  time_ms: number,
  count: number,
  pulse: (k: number) => { readonly height: number; readonly width_ms: number },
): number {
  const { hold, holdTime_ms } = settings;
  let length_ms = 0;
  for (let k = 0; k < count; k++) length_ms += holdTime_ms + pulse(k).width_ms;
  const within_ms = repeated(settings, time_ms, length_ms);
  if (within_ms === undefined) return hold;
  let start_ms = 0;
  for (let k = 0; k < count; k++) {
    const { height, width_ms } = pulse(k);
    if (within_ms < start_ms + holdTime_ms) return hold;
    start_ms += holdTime_ms + width_ms;
    if (within_ms < start_ms) return hold + height;
  }
  return hold;
}
