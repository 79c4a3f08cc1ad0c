import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { pipeTo } from "../../../tests/emulatedLine.ts";
import { ohmicJunction } from "../../../tests/ohmicJunction.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { Bench } from "../emulation/bench.ts";
import { LinePort } from "../linePort.ts";
import { keithley2400 } from "./index.ts";

/** A resistor of 1 Mohm; expectations are Ohm's law and the user's manual, sections 8 to 10 and 12. */
const open = () => new LinePort(pipeTo(keithley2400, new Bench(ohmicJunction(1e6))), patientTimer(40));
const numbers = (line: string) => line.split(",").map(Number);
const tell = async (port: LinePort, ...lines: readonly string[]) => {
  for (const line of lines) await port.send(line);
};
const noError = async (port: LinePort) => expect(await port.ask(":SYST:ERR?")).toBe('0,"No error"');
const MATH = 1 << 5;
const NULL = 1 << 6;
const LIMIT_TEST = 1 << 7;

describe("math and limit tests of a 2400", () => {
  it("POWER of every reading, alone and in the buffer; the status word says that math was on", async () => {
    const port = open();
    await tell(
      port,
      ":SOUR:VOLT:MODE LIST;:SOUR:LIST:VOLT 0.5,1,-1;:TRIG:COUN 3;:FORM:ELEM STAT",
      ':CALC:MATH:NAME "POWER";:CALC:STAT ON;:TRAC:POIN 3;:TRAC:FEED CALC1;:TRAC:FEED:CONT NEXT;:OUTP ON',
    );
    for (const status of numbers(await port.ask(":READ?"))) expect(status & (MATH | NULL | LIMIT_TEST)).toBe(MATH);
    const powers_W = [2.5e-7, 1e-6, 1e-6];
    for (const line of [await port.ask(":CALC1:DATA?"), await port.ask(":TRAC:DATA?")])
      numbers(line).forEach((power_W, k) => expectClose(power_W, powers_W[k] ?? Number.NaN, 1e-4));
    expectClose(Number(await port.ask(":CALC:DATA:LAT?")), 1e-6, 1e-4);
    expect(await port.ask(":CALC:MATH:NAME?;CAT?;:TRAC:FEED?")).toBe(
      '"POWER";"POWER","OFFCOMPOHM","VOLTCOEF","VARALPHA";CALC1',
    );
    await noError(port);
    await port.close();
  });

  it("two readings give offset-compensated ohms, the varistor's exponent and the voltage coefficient; one gives no number", async () => {
    const port = open();
    await tell(port, ":SOUR:VOLT:MODE LIST;:SOUR:LIST:VOLT 0.5,1;:TRIG:COUN 2;:CALC:STAT ON;:OUTP ON");
    const expected = { OFFCOMPOHM: 1e6, VARALPHA: 1, VOLTCOEF: 0 };
    for (const [name, value] of Object.entries(expected)) {
      await port.send(`:CALC:MATH:EXPR:NAME "${name}"`);
      await port.ask(":READ?");
      const [first, second = Number.NaN] = numbers(await port.ask(":CALC:DATA?"));
      expect(first, name).toBe(9.91e37);
      expectClose(second, value, 1e-4, 1e-3);
    }
    await noError(port);
    await port.close();
  });

  it("limits sort a sweep: low, inside, high; registers and the status word say so", async () => {
    const port = open();
    await tell(
      port,
      ":CALC2:FEED CURR;:CALC2:LIM2:LOW 2e-7;UPP 6e-7;STAT 1",
      ":CALC2:LIM12:UPP:DATA 1;:CALC2:LIM12:LOW:DATA -1;:CALC2:LIM12:STAT ON",
      ":FORM:ELEM CURR,STAT;:SENS:CURR:PROT 1e-5;:OUTP ON",
    );
    const judged: unknown[] = [];
    for (const level_V of [0.1, 0.4, 0.8]) {
      await port.send(`:SOUR:VOLT ${level_V}`);
      const [, status = 0] = numbers(await port.ask(":READ?"));
      expect(status & LIMIT_TEST).toBe(LIMIT_TEST);
      judged.push([
        await port.ask(":CALC2:LIM2:FAIL?"),
        await port.ask(":CALC2:LIM12:FAIL?"),
        // bits 1 and 2: limit 2 low and high, bit 5: all passed
        Number(await port.ask(":STAT:MEAS?")) & 0b100111,
      ]);
    }
    expect(judged).toEqual([
      ["1", "0", 0b10],
      ["0", "0", 0b100000],
      ["1", "0", 0b100],
    ]);
    expectClose(Number(await port.ask(":CALC2:DATA:LAT?")), 8e-7, 1e-4);
    await port.send(":CALC2:CLIM:CLE");
    expect(await port.ask(":CALC2:LIM2:FAIL?")).toBe("0");
    await noError(port);
    await port.close();
  });

  it("the test of compliance fails in compliance, or out of it", async () => {
    const port = open();
    await tell(port, ":SENS:CURR:PROT 1e-7;:CALC2:LIM1:STAT ON;:SOUR:VOLT 1;:OUTP ON");
    await port.ask(":READ?");
    expect(await port.ask(":CALC2:LIM:FAIL?;:CALC2:LIM1:COMP:FAIL?;:SENS:CURR:PROT:TRIP?")).toBe("1;IN;1");
    await port.send(":CALC2:LIM:COMP:FAIL OUT");
    await port.ask(":READ?");
    expect(await port.ask(":CALC2:LIM:FAIL?")).toBe("0");
    await noError(port);
    await port.close();
  });

  it("null takes the last reading away, from what is tested and tells the bit for it", async () => {
    const port = open();
    await tell(port, ":CALC2:FEED CURR;:FORM:ELEM CURR,STAT;:SOUR:VOLT 0.3;:OUTP ON");
    await port.ask(":READ?");
    await tell(port, ":CALC2:NULL:ACQ;:CALC2:NULL:STAT ON;:SOUR:VOLT 0.5");
    expectClose(Number(await port.ask(":CALC2:NULL:OFFS?")), 3e-7, 1e-4);
    const [current_A = 0, status = 0] = numbers(await port.ask(":READ?"));
    expectClose(current_A, 5e-7, 1e-4);
    expect(status & NULL).toBe(NULL);
    expectClose(Number(await port.ask(":CALC2:DATA?")), 2e-7, 1e-3);
    await noError(port);
    await port.close();
  });

  it.each([
    [':CALC:MATH:NAME "NOTHING"', -224],
    [":CALC:MATH:NAME POWER", -151],
    [":CALC2:LIM4:STAT ON", -113],
    [":CALC2:LIM2:UPP 1e30", -222],
    [":CALC2:FEED TIME", -224],
    [":CALC2:NULL:ACQ", -230],
    [":CALC:DATA?", -230],
  ])("refuses %s with %d", async (line, code) => {
    const port = open();
    await port.send(line);
    expect(Number.parseInt(await port.ask(":SYST:ERR?"), 10)).toBe(code);
    await port.close();
  });
});

describe("memories of a 2400", () => {
  it("a memory sweep goes through its locations: voltage, current, another compliance", async () => {
    const port = open();
    await tell(
      port,
      ":SENS:CURR:PROT 1e-5;:SOUR:VOLT 0.5;:SOUR:MEM:SAVE 7",
      ":SENS:CURR:PROT 1e-7;:SOUR:VOLT 1;:SOUR:MEM:SAVE 8",
      ":SOUR:FUNC CURR;:SENS:VOLT:PROT 5;:SOUR:CURR 2e-6;:SOUR:MEM:SAVE 9",
      ":SOUR:FUNC MEM;:SOUR:MEM:POIN 3;:SOUR:MEM:STAR 7;:TRIG:COUN 3;:FORM:ELEM VOLT,CURR;:OUTP ON",
    );
    for (let pass = 0; pass < 2; pass++) {
      const read = numbers(await port.ask(":READ?"));
      [0.5, 5e-7, 0.1, 1e-7, 2, 2e-6].forEach((value, k) => expectClose(read[k] ?? Number.NaN, value, 1e-3));
      expect(await port.ask(":SOUR:FUNC?;MEM:POIN?;STAR?")).toBe("MEM;3;7");
    }
    await noError(port);
    await port.close();
  });

  it("says 801 where a location is empty, -222 where there is none, -221 where the sweep itself would be saved", async () => {
    const port = open();
    await tell(port, ":SOUR:MEM:SAVE 1;:SOUR:FUNC MEM;:SOUR:MEM:POIN 2;:OUTP ON", ":READ?", ":SOUR:MEM:SAVE 101");
    await tell(port, ":SOUR:MEM:SAVE 2", ":SOUR:FUNC VOLT;:SOUR:MEM:SAVE 101");
    const errors = await port.ask(":SYST:ERR:CODE:ALL?");
    expect(numbers(errors)).toEqual([801, -221, -221, -222]);
    await port.close();
  });

  it("*SAV keeps a setup over a reset, *RCL brings it back with the output off, an empty one is the reset", async () => {
    const port = open();
    await tell(port, ":SOUR:VOLT 0.25;:SENS:CURR:PROT 2e-6;:OUTP ON", "*SAV 3", "*RST");
    expect(Number(await port.ask(":SOUR:VOLT?"))).toBe(0);
    await port.send("*RCL 3");
    expect(numbers((await port.ask(":SOUR:VOLT?;:SENS:CURR:PROT?;:OUTP?")).replaceAll(";", ","))).toEqual([
      0.25, 2e-6, 0,
    ]);
    await port.send("*RCL 4");
    expect(Number(await port.ask(":SOUR:VOLT?"))).toBe(0);
    await port.send("*SAV 5");
    expect(Number.parseInt(await port.ask(":SYST:ERR?"), 10)).toBe(-222);
    await port.close();
  });

  it("over-voltage protection goes in steps, holds the terminals and says that it does", async () => {
    const port = open();
    await tell(
      port,
      ":SENS:CURR:PROT 1e-4;:SOUR:VOLT:RANG 200;:SOUR:VOLT:PROT 13;:SOUR:VOLT 50;:FORM:ELEM VOLT,STAT;:OUTP ON",
    );
    expect(Number(await port.ask(":SOUR:VOLT:PROT?"))).toBe(20);
    const [voltage_V = 0, status = 0] = numbers(await port.ask(":READ?"));
    expectClose(voltage_V, 20, 1e-3);
    expect(status & 0b11000).toBe(0b10000);
    expect(await port.ask(":SOUR:VOLT:PROT:TRIP?")).toBe("1");
    await port.send(":SOUR:VOLT 5");
    await port.ask(":READ?");
    expect(await port.ask(":SOUR:VOLT:PROT:TRIP?")).toBe("0");
    await noError(port);
    await port.close();
  });
});
