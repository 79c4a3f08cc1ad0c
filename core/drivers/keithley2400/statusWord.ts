/** Bits of the STATus element of a reading. */
export const STATUS = {
  overflow: 1 << 0,
  filter: 1 << 1,
  front: 1 << 2,
  compliance: 1 << 3,
  overVoltage: 1 << 4,
  math: 1 << 5,
  nulled: 1 << 6,
  limitTest: 1 << 7,
  autoOhms: 1 << 10,
  voltageMeasured: 1 << 11,
  currentMeasured: 1 << 12,
  resistanceMeasured: 1 << 13,
  voltageSourced: 1 << 14,
  currentSourced: 1 << 15,
  rangeCompliance: 1 << 16,
  fourWire: 1 << 22,
} as const;
