import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import type { DigitalOutput } from "./digitalOutput.ts";
import { BridgeDevice } from "./device.ts";
import { GpioSwitches } from "./gpioSwitches.ts";
import { Door } from "./handshake.ts";

/** 16:1 multiplexers with enables that are on when low, as the wiring guide has them for a Raspberry Pi. */
const CHANNELS = 16;
const CHIPS = 2;
const BITS = 4;

class Line implements DigitalOutput {
  level: 0 | 1;
  readonly #written: () => void;

  constructor(level: 0 | 1, written: () => void) {
    this.level = level;
    this.#written = written;
  }

  write(level: 0 | 1): void {
    this.level = level;
    this.#written();
  }
}

/** The daemon with lines in memory, which close the junctions of a bench; any token is taken as long as there is one. */
export class EmulatedBridge implements EmulatedInstrument {
  readonly bitsPerSecond = Infinity;
  readonly #hardware: EmulatedHardware;
  readonly #token: string;
  readonly #device: BridgeDevice;
  #door: Door;
  #inside = false;

  constructor(hardware: EmulatedHardware, token: string) {
    this.#hardware = hardware;
    this.#token = token;
    this.#door = new Door(token);
    const show = () => this.#show();
    const lines = (count: number, level: 0 | 1) => Array.from({ length: count }, () => new Line(level, show));
    const side = () => ({ address: lines(BITS, 0), enables: lines(CHIPS, 1) });
    const [rows, columns] = [side(), side()];
    this.#show = () => {
      const on = ({ address, enables }: typeof rows) =>
        enables.flatMap(({ level }, chip) =>
          level === 0 ? [chip * CHANNELS + address.reduce((sum, bit, k) => sum + (bit.level << k), 0)] : [],
        );
      const [row, column] = [on(rows), on(columns)];
      const { grid } = hardware.bench.array;
      const one = row.length === 1 && column.length === 1 ? { row: row[0] ?? 0, column: column[0] ?? 0 } : undefined;
      hardware.bench.select(one && one.row < grid.rows && one.column < grid.columns ? one : undefined);
    };
    this.#device = new BridgeDevice({
      switches: new GpioSwitches({ rows, columns, active: 0, channels: CHANNELS }),
      hold: { write: () => {} },
      trigger: { write: () => {} },
      timer: hardware.timer,
      serial: hardware.identity ?? "SIM0001",
      epoch: 1,
    });
  }

  #show: () => void = () => {};

  receive(chunk: Uint8Array): void {
    if (this.#inside) {
      this.#device.receive(chunk);
      return;
    }
    const judged = this.#door.take(chunk);
    const say = (text: string) => this.#hardware.send(Buffer.from(text, "latin1"));
    if (judged.kind === "greeting") say(judged.text);
    else if (judged.kind === "refused") say(`refused ${judged.reason}\n`);
    else if (judged.kind === "open" && judged.what !== "selector") say("refused there is only a selector\n");
    else if (judged.kind === "open") {
      this.#inside = true;
      say("ok\n");
      this.#device.connect((bytes) => this.#hardware.send(bytes));
    }
  }

  hangUp(): void {
    this.#device.hangUp();
    this.#inside = false;
    this.#door = new Door(this.#token);
  }

  close(): void {
    this.#device.close();
  }
}
