import type { ErrorQueue } from "../../scpi/language/errorQueue.ts";

/** Bits of the measurement event register. */
export const MEASUREMENT_EVENT = {
  limit1: 1 << 0,
  lowLimit2: 1 << 1,
  highLimit2: 1 << 2,
  lowLimit3: 1 << 3,
  highLimit3: 1 << 4,
  limitsPass: 1 << 5,
  reading: 1 << 6,
  readingOverflow: 1 << 7,
  bufferAvailable: 1 << 8,
  bufferFull: 1 << 9,
  overVoltage: 1 << 12,
  compliance: 1 << 14,
} as const;

/** Status byte, standard event register and the three sets of registers behind :STATus. */
export class StatusModel {
  readonly #errors: ErrorQueue;
  serviceRequest = 0;
  eventEnable = 0;
  readonly enable = { MEAS: 0, QUES: 0, OPER: 0 };
  #event = { MEAS: 0, QUES: 0, OPER: 0 };
  /** Power on. */
  #standard = 1 << 7;

  constructor(errors: ErrorQueue) {
    this.#errors = errors;
  }

  raise(register: "MEAS" | "QUES" | "OPER", bits: number): void {
    this.#event[register] |= bits;
  }

  raiseStandard(bit: number): void {
    this.#standard |= 1 << bit;
  }

  /** Command errors -100 to -199 are bit 5, execution errors bit 4, query errors bit 2, those of the device bit 3. */
  raiseError(code: number): void {
    this.#errors.push(code);
    const bit = code <= -400 ? 2 : code <= -300 || code > 0 ? 3 : code <= -200 ? 4 : 5;
    this.#standard |= 1 << bit;
  }

  readStandard(): number {
    const value = this.#standard;
    this.#standard = 0;
    return value;
  }

  readEvent(register: "MEAS" | "QUES" | "OPER"): number {
    const value = this.#event[register];
    this.#event[register] = 0;
    return value;
  }

  statusByte(): number {
    const { MEAS, QUES, OPER } = this.#event;
    const byte =
      (MEAS & this.enable.MEAS ? 1 : 0) |
      (this.#errors.length > 0 ? 1 << 2 : 0) |
      (QUES & this.enable.QUES ? 1 << 3 : 0) |
      (this.#standard & this.eventEnable ? 1 << 5 : 0) |
      (OPER & this.enable.OPER ? 1 << 7 : 0);
    return byte | (byte & this.serviceRequest ? 1 << 6 : 0);
  }

  /** *CLS */
  clear(): void {
    this.#event = { MEAS: 0, QUES: 0, OPER: 0 };
    this.#standard = 0;
    this.#errors.clear();
  }

  /** :STATus:PRESet */
  preset(): void {
    this.enable.MEAS = this.enable.QUES = this.enable.OPER = 0;
  }
}
