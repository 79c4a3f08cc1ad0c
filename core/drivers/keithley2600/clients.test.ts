import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { pipeTo } from "../../../tests/emulatedLine.ts";
import { ohmicJunction } from "../../../tests/ohmicJunction.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { Bench } from "../emulation/bench.ts";
import { LinePort } from "../linePort.ts";
import { keithley2600 } from "./index.ts";

/** Dialogues in the order and the formats in which public clients hold them; what they expect is Ohm's law. */
const open = (resistance_ohm = 1e6) =>
  new LinePort(pipeTo(keithley2600, new Bench(ohmicJunction(resistance_ohm))), patientTimer(40));

const noError = async (port: LinePort) => {
  expect(await port.ask("print(errorqueue.next())")).toBe("0.00000e+00\tQueue Is Empty\t0.00000e+00\t1.00000e+00");
};
const numbers = (line: string) => line.split(", ").map(Number);

describe("public clients of a Keithley 2600", () => {
  it("the package keithley2600 sweeps by the trigger model, through blenders and *trg, and polls the sweeping register", async () => {
    const port = open();
    // every call and every assignment is a line of its own; calls are printed
    const calls = [
      "smua.trigger.source.listv({0, 0.1, -0.2})",
      "smua.nvbuffer1.clear()",
      "smua.nvbuffer2.clear()",
      "smua.nvbuffer1.clearcache()",
      "smua.nvbuffer2.clearcache()",
      "smua.trigger.measure.iv(smua.nvbuffer1, smua.nvbuffer2)",
    ];
    for (const call of calls) expect(await port.ask(`print(${call})`), call).toBe("");
    expect(Number(await port.ask("print(smua.OUTPUT_DCVOLTS)"))).toBe(1);
    for (const line of [
      "smua.trigger.source.action = 1",
      "smua.measure.nplc = 0.06",
      "smua.measure.delay = -1",
      "smua.measure.autorangei = 1",
      "smua.source.func = 1",
      "display.smua.measure.func = 0",
      "display.smub.measure.func = 0",
      "smua.trigger.count = 3",
      "smua.trigger.measure.action = 1",
      "smua.trigger.measure.stimulus = smua.trigger.SOURCE_COMPLETE_EVENT_ID",
      "smua.trigger.endpulse.action = 1",
      "smua.trigger.endsweep.action = 1",
      "smua.trigger.arm.stimulus = trigger.EVENT_ID",
      "trigger.blender[1].orenable = true",
      "trigger.blender[1].stimulus[1] = smua.trigger.ARMED_EVENT_ID",
      "trigger.blender[1].stimulus[2] = smua.trigger.PULSE_COMPLETE_EVENT_ID",
      "smua.trigger.source.stimulus = trigger.blender[1].EVENT_ID",
      "trigger.blender[2].orenable = true",
      "trigger.blender[2].stimulus[1] = smua.trigger.MEASURE_COMPLETE_EVENT_ID",
      "smua.trigger.endpulse.stimulus = trigger.blender[2].EVENT_ID",
      "smua.source.output = 1",
    ])
      await port.send(line);
    await noError(port);
    expect(await port.ask("print(smua.trigger.initiate())")).toBe("");
    const sweeping = async () => Number(await port.ask("print(status.operation.sweeping.condition)"));
    // armed, and waiting for the command
    expect(await sweeping()).toBe(2);
    expect(Number(await port.ask("print(smua.nvbuffer1.n)"))).toBe(0);
    await port.send("*trg");
    for (let k = 0; k < 1000 && (await sweeping()) > 0; k++);
    expect(Number(await port.ask("print(smua.nvbuffer1.n)"))).toBe(3);
    const currents: number[] = [];
    for (let k = 1; k <= 3; k++) currents.push(Number(await port.ask(`print(smua.nvbuffer1.readings[${k}])`)));
    [0, 1e-7, -2e-7].forEach((expected, k) => expectClose(currents[k] ?? Number.NaN, expected, 1e-5, 1e-12));
    // the level of the end is held
    expectClose(Number(await port.ask("print(smua.measure.v())")), -0.2, 1e-4);
    await noError(port);
    await port.close();
  });

  it("sweeps of scripts, linear, logarithmic and by list: waitcomplete, source values, levels of the bias after the pulse", async () => {
    const port = open(1e5);
    await port.send(
      [
        "loadandrunscript",
        "smua.reset()",
        "smua.measure.nplc = 0.01",
        "smua.source.levelv = 0.05",
        "smua.trigger.source.linearv(0, 1, 5)",
        "smua.trigger.source.limiti = 1e-3",
        "smua.trigger.source.action = smua.ENABLE",
        "smua.trigger.measure.i(smua.nvbuffer1)",
        "smua.trigger.measure.action = smua.ENABLE",
        "smua.trigger.endpulse.action = smua.SOURCE_IDLE",
        "smua.trigger.endsweep.action = smua.SOURCE_IDLE",
        "smua.trigger.count = 5",
        "smua.trigger.arm.count = 1",
        "smua.nvbuffer1.appendmode = 1",
        "smua.source.output = smua.OUTPUT_ON",
        "smua.trigger.initiate()",
        "waitcomplete()",
        "printbuffer(1, smua.nvbuffer1.n, smua.nvbuffer1.readings)",
        "printbuffer(1, smua.nvbuffer1.n, smua.nvbuffer1.sourcevalues)",
        "print(smua.measure.v())",
        "endscript",
      ].join("\n"),
    );
    numbers(await port.line()).forEach((current_A, k) => expectClose(current_A, (k / 4) * 1e-5, 1e-4, 1e-12));
    expect(numbers(await port.line())).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expectClose(Number(await port.line()), 0.05, 1e-3);
    await port.send(
      "smua.trigger.source.logv(0.01, 1, 3, 0) smua.trigger.count = 3 smua.nvbuffer1.clear() smua.trigger.initiate() waitcomplete()",
    );
    expect(numbers(await port.ask("printbuffer(1, 3, smua.nvbuffer1.sourcevalues)"))).toEqual([0.01, 0.1, 1]);
    await noError(port);
    await port.close();
  });

  it("a timer paces the points of a sweep", async () => {
    const port = open();
    await port.send(
      [
        "loadandrunscript",
        "smua.reset() smua.measure.nplc = 0.01 smua.measure.autozero = 0",
        "trigger.timer[1].delay = 0.25",
        "trigger.timer[1].count = 3",
        "trigger.timer[1].passthrough = true",
        "trigger.timer[1].stimulus = smua.trigger.ARMED_EVENT_ID",
        "smua.trigger.source.listv({0.1, 0.2, 0.3, 0.4})",
        "smua.trigger.source.action = 1",
        "smua.trigger.source.stimulus = trigger.timer[1].EVENT_ID",
        "smua.trigger.measure.i(smua.nvbuffer1)",
        "smua.trigger.measure.action = 1",
        "smua.trigger.endpulse.action = 1",
        "smua.trigger.count = 4",
        "smua.nvbuffer1.collecttimestamps = 1 smua.nvbuffer1.appendmode = 1",
        "smua.source.output = 1",
        "smua.trigger.initiate()",
        "waitcomplete()",
        "printbuffer(1, 4, smua.nvbuffer1.timestamps)",
        "endscript",
      ].join("\n"),
    );
    numbers(await port.line()).forEach((time_s, k) => expectClose(time_s, 0.25 * k, 1e-3, 1e-9));
    await noError(port);
    await port.close();
  });

  it("factory scripts sweep and pulse into nvbuffer1 and leave the output off", async () => {
    const port = open(1e5);
    await port.send("SweepVLinMeasureI(smua, 0, 1, 0.01, 3)");
    numbers(await port.ask("printbuffer(1, 3, smua.nvbuffer1)")).forEach((current_A, k) =>
      expectClose(current_A, (k / 2) * 1e-5, 1e-4, 1e-12),
    );
    await port.send("PulseVMeasureI(smua, 0, 0.5, 0.1, 0.1, 2)");
    expect(numbers(await port.ask("printbuffer(1, 2, smua.nvbuffer1.sourcevalues)"))).toEqual([0.5, 0.5]);
    expect(Number(await port.ask("print(smua.source.output)"))).toBe(0);
    await noError(port);
    await port.close();
  });

  it("KIPulse: a train is configured under a tag and initiated later; what cannot be done is told, not raised", async () => {
    const port = open(1e5);
    const configure = (more = "") =>
      port.ask(`print(ConfigPulseVMeasureI(smua, 0, {0.5, -1}, 1e-3, 0.01, 0.02, 2, smua.nvbuffer1, 1${more}))`);
    expect(await configure()).toMatch(/^true\t/);
    expect(await port.ask("print(InitiatePulseTest(1))")).toBe("false\tInitiatePulseTest: output is off");
    await port.send("smua.measure.nplc = 0.01 smua.source.func = 1 smua.source.limiti = 1e-6 smua.source.output = 1");
    expect(await port.ask("print(InitiatePulseTest(1))")).toMatch(/^true\t/);
    const currents_A = numbers(await port.ask("printbuffer(1, 2, smua.nvbuffer1.readings)"));
    // the pulse's own limit lets 10 uA through, the limit before it stands again afterwards
    [5e-6, -1e-5].forEach((expected, k) => expectClose(currents_A[k] ?? Number.NaN, expected, 1e-3));
    expect(Number(await port.ask("print(smua.source.limiti)"))).toBe(1e-6);
    expectClose(Number(await port.ask("print(smua.measure.v())")), 0, 0, 1e-4);
    expect(await port.ask("print(InitiatePulseTest(7))")).toBe(
      "false\tInitiatePulseTest: tag 7.00000e+00 is not configured",
    );
    expect(await configure(", 3")).toMatch(/^false\t.*trigger lines/);
    expect(await port.ask("print(ConfigPulseIMeasureV(smua, 0, 1e-6, 1, 0, 0.1, 1, smua.nvbuffer1, 2))")).toMatch(
      /^false\t/,
    );
    await noError(port);
    await port.close();
  });

  it("dataqueue holds what was added in its order, a table as it was then; userstring keeps texts by name over a reset", async () => {
    const port = open();
    await port.send(
      "dataqueue.clear() dataqueue.add(10) local t = {1, 2} dataqueue.add(t) t[1] = 99 dataqueue.add('last', 1)",
    );
    expect(await port.ask("print(dataqueue.count, dataqueue.CAPACITY, dataqueue.next())")).toBe(
      "3.00000e+00\t1.28000e+02\t1.00000e+01",
    );
    expect(await port.ask("print(dataqueue.next()[1], dataqueue.next(), dataqueue.next(0.1))")).toBe(
      "1.00000e+00\tlast\tnil",
    );
    await port.send("for k = 1, 128 do dataqueue.add(k) end");
    expect(await port.ask("print(dataqueue.add(129, 0.5))")).toBe("false");
    await port.send("userstring.add('product', 'Widgets') userstring.add('assetnumber', '236') reset()");
    expect(await port.ask("for name in userstring.catalog() do print(name .. '=' .. userstring.get(name)) end")).toBe(
      "assetnumber=236",
    );
    expect(await port.line()).toBe("product=Widgets");
    await port.send("userstring.delete('product')");
    expect(await port.ask("print(userstring.get('product'))")).toBe("nil");
    await noError(port);
    await port.close();
  });

  it("PyMeasure applies, measures, ramps and shuts down; its misspelt limit is one error in the queue", async () => {
    const port = open(1e5);
    const lines = [
      "smua.source.func=1",
      "smua.source.autorangev=1",
      "smua.source.limiti=0.100000",
      "smua.measure.i()",
      "smua.measure.nplc=1.000000",
      "smua.measure.autorangei=1",
      "smua.source.output=1",
      ...[0, 0.1, 0.2].map((level) => `smua.source.levelv=${level.toFixed(6)}`),
      "smua.sense=0",
    ];
    for (const line of lines) await port.send(line);
    await noError(port);
    expectClose(Number(await port.ask("print(smua.measure.i())")), 2e-6, 1e-4);
    expectClose(Number(await port.ask("print(smua.measure.r())")), 1e5, 1e-4);
    expect(Number(await port.ask("print(smua.source.levelv)"))).toBe(0.2);
    await port.send("smua.source.limiv=0.100000");
    expect(Number.parseFloat(await port.ask("print(errorqueue.next())"))).toBe(-286);
    await port.send("smua.source.output=0");
    expect(Number(await port.ask("print(smua.source.output)"))).toBe(0);
    await port.close();
  });

  it("aborts a sweep that waits for an event which never comes; a second initiate is refused meanwhile", async () => {
    const port = open();
    await port.send("smua.trigger.arm.stimulus = trigger.EVENT_ID smua.trigger.initiate()");
    expect(Number(await port.ask("print(status.operation.sweeping.condition)"))).toBe(2);
    await port.send("smua.trigger.initiate()");
    expect(Number.parseFloat(await port.ask("print(errorqueue.next())"))).toBe(5042);
    await port.send("smua.abort()");
    expect(await port.ask("*OPC?")).toBe("1");
    expect(Number(await port.ask("print(status.operation.sweeping.condition)"))).toBe(0);
    await port.close();
  });
});
