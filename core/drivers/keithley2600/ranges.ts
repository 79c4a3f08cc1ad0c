/** Model 2602B: full scales with the steps of source and meter. */
export interface Range {
  readonly full: number;
  readonly sourceStep: number;
  readonly readingStep: number;
}

export const VOLTAGE_RANGES: readonly Range[] = [
  { full: 0.1, sourceStep: 5e-6, readingStep: 1e-7 },
  { full: 1, sourceStep: 5e-5, readingStep: 1e-6 },
  { full: 6, sourceStep: 5e-5, readingStep: 1e-5 },
  { full: 40, sourceStep: 5e-4, readingStep: 1e-5 },
];

export const CURRENT_RANGES: readonly Range[] = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 3].map((full) => ({
  full,
  sourceStep: full * 2e-5,
  readingStep: full * 1e-6,
}));

/** Beyond full scale, source and meter. */
export const SOURCE_OVERRANGE = 1.01;
export const READING_OVERRANGE = 1.02;

export function findRange(ranges: readonly Range[], value: number, overrange = SOURCE_OVERRANGE): Range | undefined {
  return ranges.find(({ full }) => Math.abs(value) <= full * overrange * (1 + 1e-9));
}
