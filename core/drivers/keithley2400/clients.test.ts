import { describe, expect, it } from "vitest";
import { pipeTo } from "../../../tests/emulatedLine.ts";
import { ohmicJunction } from "../../../tests/ohmicJunction.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { Bench } from "../emulation/bench.ts";
import { LinePort } from "../linePort.ts";
import { keithley2400 } from "./index.ts";

const NO_ERROR = '0,"No error"';
const open = () => new LinePort(pipeTo(keithley2400, new Bench(ohmicJunction(1e6))), patientTimer(40));

/** Set and asked back: front panel, digital port, trigger link and the other names of things, as programs in the field use them. */
const KEPT: readonly (readonly [set: string, ask: string, answer: string])[] = [
  [':DISP:WIND:TEXT:DATA "ramping"', ":DISP:TEXT:DATA?", '"ramping"'],
  [":DISPLAY:WINDOW2:TEXT:STATE ON", ":DISP:WIND2:TEXT:STAT?", "1"],
  [":SYST:AZER ON", ":SYSTEM:AZERO:STATE?", "1"],
  [":SYST:RCM MULT", ":SYST:RCMODE?", "MULT"],
  [":SYST:GUAR OHMS", ":SYST:GUARD?", "OHMS"],
  [":SYST:KEY 23", ":SYST:KEY?", "23"],
  [":SOUR2:TTL 5", ":SOUR2:TTL:ACT?", "5"],
  [":SOUR2:TTL:LEV 3", ":SOURCE2:TTL?", "3"],
  [":OUTP:ENAB OFF", ":OUTP:ENAB:TRIP?", "1"],
  [":SOUR:CLE:AUTO:MODE TCO", ":SOUR:CLE:AUTO:MODE?", "TCO"],
  [":FORM:SREG HEX", ":FORM:SREG?", "HEX"],
  [":ARM:TCON:DIR SOUR", ":ARM:DIR?", "SOUR"],
  [":TRIG:INP SOUR", ":TRIG:TCON:ASYN:INP?", "SOUR"],
  [":TRIG:TCON:ASYN:ILIN 2", ":TRIG:ILIN?", "2"],
  [":DATA:POIN 7", ":TRAC:POIN?", "7"],
  [":SENS:CURR:RANG:AUTO:LLIM 1e-6", ":CURR:RANG:AUTO:LLIM?", "+1.000000E-06"],
  // a header without a root belongs to the sense side
  [':FUNC:CONC OFF;:FUNC "CURR"', ":SENS:FUNC?", '"CURR:DC"'],
  [':FUNC:OFF "VOLT"', ":FUNC:OFF?", '"VOLT:DC","RES"'],
  [':FUNC:OFF "CURR"', ':FUNC:STAT? "CURR"', "0"],
  [":CURR:NPLC 0.1", ":SENS:CURR:NPLC?", "+1.000000E-01"],
];

describe("public clients of a Keithley 2400", () => {
  it.each(KEPT)("%s; %s", async (set, ask, answer) => {
    const port = open();
    await port.send(set);
    expect(await port.ask(ask)).toBe(answer);
    expect(await port.ask(":SYST:ERR?")).toBe(NO_ERROR);
    await port.close();
  });

  it("forgets at *RST what it was told to keep", async () => {
    const port = open();
    await port.send(":SOUR2:TTL 5;:FORM:SREG HEX");
    await port.send("*RST");
    expect(await port.ask(":SOUR2:TTL?;:FORM:SREG?")).toBe("15;ASC");
    await port.close();
  });

  it("auto ranging goes no lower than the lowest range that is allowed: a smaller current loses its digits", async () => {
    const port = open();
    await port.send(":FORM:ELEM CURR;:SENS:CURR:RANG:AUTO:LLIM 1e-3;:SENS:CURR:PROT 1e-3;:SOUR:VOLT 0.1234;:OUTP ON");
    // 0.1234 uA in steps of 1 mA / 100000
    expect(Number(await port.ask(":READ?"))).toBe(1.2e-7);
    await port.close();
  });

  it("QCoDeS: elements first, then reads while the output is on", async () => {
    const port = open();
    expect((await port.ask("*IDN?")).split(",")).toHaveLength(4);
    await port.send(":TRIG:COUN 1;:FORM:ELEM VOLT,CURR");
    await port.send(':SENS:FUNC "CURR"');
    await port.send(":SOUR:FUNC VOLT");
    await port.send("SOUR:VOLT:RANG 2.000000");
    await port.send("SENS:CURR:PROT 0.000100");
    await port.send(":SOUR:VOLT:LEV 0.50000000");
    await port.send(":OUTP:STAT 1");
    expect(await port.ask(":OUTP:STAT?")).toBe("1");
    expect((await port.ask(":READ?")).split(",").map(Number)).toEqual([0.5, 5e-7]);
    expect(await port.ask(":SOUR:FUNC?;:SENS:VOLT:NPLC?")).toBe("VOLT;+1.000000E+00");
    expect(await port.ask(":SYST:ERR?")).toBe(NO_ERROR);
    await port.close();
  });

  it("answers the codes of its errors alone when they are asked for", async () => {
    const port = open();
    await port.send(":NOPE");
    await port.send(":SOUR:VOLT 999");
    expect(await port.ask(":SYST:ERR:CODE?")).toBe("-113");
    expect(await port.ask(":SYST:ERR:CODE:ALL?")).toBe("-222");
    expect(await port.ask(":SYST:ERR:COUN?")).toBe("0");
    await port.close();
  });
});
