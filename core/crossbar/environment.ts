/**
 * What surrounds the junctions. Constants here; a stimulus may carry waveforms for the same names.
 * A quantity that is absent keeps the model's own reference value.
 */
export interface Environment {
  readonly temperature_K?: number;
  readonly saltLeft_mM?: number;
  readonly saltRight_mM?: number;
  readonly pH?: number;
  readonly opticalPower_W?: number;
  readonly pressure_Pa?: number;
  readonly neighbourSalt_mM?: number;
}

/** Names a file may use, with the range that is physically meaningful for water-based junctions. */
export const ENVIRONMENT_RANGES: Readonly<Record<keyof Environment, readonly [number, number]>> = {
  temperature_K: [250, 400],
  saltLeft_mM: [1e-6, 1e4],
  saltRight_mM: [1e-6, 1e4],
  pH: [0, 14],
  opticalPower_W: [0, 100],
  pressure_Pa: [-1e8, 1e8],
  neighbourSalt_mM: [-1e4, 1e4],
};
