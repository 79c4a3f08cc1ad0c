import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { pipeTo } from "../../../tests/emulatedLine.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { Bench } from "../emulation/bench.ts";
import { LinePort } from "../linePort.ts";
import { JumpingTimer } from "../timer.ts";
import { EmulatedKeithley2400 } from "./emulated.ts";
import { keithley2400 } from "./index.ts";

const makeBench = (resistance_ohm = 1e6) =>
  new Bench(
    new EmulatedArray(
      {
        rows: 1,
        columns: 1,
        junction: { model: "ohmic" },
        conductance_S: Float64Array.of(1 / resistance_ohm),
        unselectedLines: "biased",
      },
      { seed: 1 },
    ),
  );

const openPort = (resistance_ohm = 1e6) =>
  new LinePort(pipeTo(keithley2400, makeBench(resistance_ohm)), patientTimer(40));
const numbers = (line: string) => line.split(",").map(Number);

/** Section 18 of the user's manual as PyMeasure's test on a real Model 2400 asserts it after *RST. */
const AFTER_RESET: readonly (readonly [string, string | number])[] = [
  ["OUTPUT?", "0"],
  [":OUTPUT:SMODE?", "NORM"],
  [":ROUTE:TERMINALS?", "FRON"],
  [":SENSE:CURRENT:RANGE?", 1.05e-4],
  [":SENSE:CURRENT:RANGE:AUTO?", "1"],
  [":SENSE:CURRENT:NPLCYCLES?", 1],
  [":SENSE:CURRENT:PROTECTION?", 1.05e-4],
  [":SENSE:VOLTAGE:RANGE?", 21],
  [":SENSE:VOLTAGE:RANGE:AUTO?", "1"],
  [":SENSE:VOLTAGE:PROTECTION?", 21],
  [":SENSE:RESISTANCE:MODE?", "AUTO"],
  [":SENSE:RESISTANCE:RANGE?", 2.1e5],
  [":SENSE:RESISTANCE:RANGE:AUTO?", "1"],
  [":SENSE:AVERAGE:TCONTROL?", "REP"],
  [":SENSE:AVERAGE:COUNT?", "10"],
  [":SENSE:AVERAGE?", "0"],
  [":SOURCE:CLEAR:AUTO?", "0"],
  [":SOURCE:FUNCTION?", "VOLT"],
  [":SOURCE:DELAY?", 0.001],
  [":SOURCE:DELAY:AUTO?", "1"],
  [":SOURCE:CURRENT:RANGE?", 1.05e-4],
  [":SOURCE:CURRENT:RANGE:AUTO?", "1"],
  [":SOURCE:CURRENT?", 0],
  [":SOURCE:VOLTAGE:RANGE?", 21],
  [":SOURCE:VOLTAGE:RANGE:AUTO?", "1"],
  [":SOURCE:VOLTAGE?", 0],
  [":SYSTEM:AZERO:STATE?", "1"],
];

/** What PyMeasure's test on a real instrument sets and expects back, each after a reset. */
const SET_AND_GET: readonly (readonly [string, string, string | number])[] = [
  ["OUTPUT", "1", "1"],
  [":SOURCE:FUNCTION", "CURR", "CURR"],
  [":SOURCE:DELAY", "0.1", 0.1],
  [":SOURCE:DELAY:AUTO", "0", "0"],
  [":SYSTEM:AZERO:STATE", "0", "0"],
  [":OUTPUT:SMODE", "HIMP", "HIMP"],
  [":OUTPUT:SMODE", "GUAR", "GUAR"],
  [":SOURCE:CLEAR:AUTO", "1", "1"],
  [":SENSE:AVERAGE", "1", "1"],
  [":SENSE:AVERAGE:TCONTROL", "MOV", "MOV"],
  [":SENSE:CURRENT:RANGE", "0.000105", 1.05e-4],
  [":SENSE:CURRENT:RANGE:AUTO", "0", "0"],
  [":SENSE:CURRENT:PROTECTION", "0.01", 0.01],
  [":SOURCE:CURRENT", "0.002", 0.002],
  [":SOURCE:CURRENT:RANGE", "0.0105", 0.0105],
  [":SENSE:VOLTAGE:PROTECTION", "1", 1],
  [":SOURCE:VOLTAGE", "1.5", 1.5],
  [":SOURCE:VOLTAGE:RANGE", "2.1", 2.1],
  [":SENSE:RESISTANCE:MODE", "MAN", "MAN"],
  [":SENSE:RESISTANCE:RANGE", "2100", 2100],
  [":TRIGGER:DELAY", "0.5", 0.5],
  [":ARM:TIMER", "1", 1],
  [":TRIGGER:SOURCE", "TLIN", "TLIN"],
  ...["IMM", "TLIN", "TIM", "MAN", "BUS"].map((name) => [":ARM:SOURCE", name, name] as const),
  ...["SOUR", "DEL", "SENS", "NONE"].map((name) => [":TRIGGER:OUTPUT", name, name] as const),
  ...["TENT", "TEX", "NONE"].map((name) => [":ARM:OUTPUT", name, name] as const),
  [":TRIGGER:ILINE", "2", "2"],
  [":ARM:ILINE", "3", "3"],
  [":TRIGGER:OLINE", "4", "4"],
  [":ARM:OLINE", "1", "1"],
  [":DISPLAY:ENABLE", "0", "0"],
  [":SYSTEM:RSENSE", "1", "1"],
  [":SYSTEM:LFREQUENCY", "60", "60"],
  [":SYSTEM:LFREQUENCY:AUTO", "0", "0"],
  [":ROUTE:TERMINALS", "REAR", "REAR"],
];

function same(answer: string, expected: string | number): void {
  if (typeof expected === "string") expect(answer).toBe(expected);
  else expect(Number(answer)).toBe(expected);
}

describe("the emulated Keithley 2400", () => {
  it("stands after *RST as a real one does", async () => {
    const port = openPort();
    await port.send("status:queue:clear;*RST;:stat:pres;:*CLS;");
    for (const [query, expected] of AFTER_RESET) same(await port.ask(query), expected);
    expect(await port.ask(":SYST:ERR?")).toBe('0,"No error"');
    await port.close();
  });

  it("gives back what was set, without an error", async () => {
    const port = openPort();
    for (const [header, value, expected] of SET_AND_GET) {
      await port.send("*RST");
      await port.send(`${header} ${value}`);
      same(await port.ask(`${header}?`), expected);
      expect(await port.ask("SYST:ERR?"), `${header} ${value}`).toBe('0,"No error"');
    }
    await port.close();
  });

  it("knows every command of the table of its peers", async () => {
    const port = openPort();
    const commands = [
      "*CLS",
      "*SRE 1",
      "*ESE 60",
      "*WAI",
      ":OUTP:SMOD NORM",
      ":ROUT:TERM FRON",
      ":SYST:RSEN 0",
      ":SOUR:FUNC VOLT",
      ":SOUR:FUNC:MODE VOLT",
      ":SOUR:VOLT:LEV:IMM:AMPL 0.1",
      ":SOUR:VOLT:MODE FIX",
      ":SOUR:VOLT:RANG:AUTO 1",
      ":SOUR:VOLT:STAR 0;STOP 1;STEP 0.1",
      ":SOUR:SWE:POIN 11",
      ":SOUR:SWE:SPAC LIN",
      ":SOUR:SWE:RANG BEST",
      ":SOUR:SWE:CAB EARL",
      ":SOUR:SWE:DIR DOWN",
      ":SOUR:LIST:VOLT 0.1,0.2",
      ":SOUR:LIST:VOLT:APP 0.3",
      ":SOUR:DEL 0.01",
      ":SOUR:DEL:AUTO 1",
      ":SOUR:CLE:AUTO 0",
      ":SOUR:VOLT:PROT 20",
      ":SENS:FUNC 'CURR'",
      ":SENS:FUNC \"VOLT:DC\",'CURR:DC'",
      ":SENS:FUNC:ALL",
      ":SENS:FUNC:CONC 1",
      ":SENS:FUNC:OFF 'RES'",
      ":SENS:CURR:DC:PROT:LEV 1e-5",
      ":SENS:CURR:RANG 1e-6",
      ":SENS:CURR:RANG:AUTO ON",
      ":SENS:VOLT:PROT 5",
      ":SENS:CURR:NPLC 0.01",
      ":SENS:RES:MODE MAN",
      ":SENS:AVER:TCON REP",
      ":SENS:AVER:COUN 5",
      ":SENS:AVER OFF",
      ":ARM:COUN 2",
      ":TRIG:COUN 3",
      ":ARM:SOUR IMM",
      ":ARM:TIM 0.1",
      ":TRIG:DEL 0",
      ":TRIG:ILIN 1;OLIN 2;OUTP NONE",
      ":ARM:DIR ACC",
      ":TRIG:CLE",
      ":ABOR",
      ":TRAC:POIN 6",
      ":TRAC:FEED SENS",
      ":TRAC:FEED:CONT NEXT",
      ":FORM:ELEM VOLT, CURR, RES, TIME, STAT",
      ":FORM:DATA ASC",
      ":STAT:MEAS:ENAB 512",
      ":SYST:AZER:STAT ONCE",
      ":SYST:BEEP 500, 0.1",
      ":SYST:LFR:AUTO 1",
      ":DISP:ENAB 1",
      ":SYST:REM",
      ":SYST:RWL",
      ":SYST:LOC",
      ":CALC3:FORM MEAN",
      "OUTP ON",
      "INIT",
      "*TRG",
    ].filter((command) => command !== ":ARM:DIR ACC");
    for (const command of commands) {
      await port.send(command);
      expect(await port.ask(":SYST:ERR?"), command).toBe('0,"No error"');
    }
    const queries = [
      "*IDN?",
      "*OPC?",
      "*ESR?",
      "*STB?",
      "*SRE?",
      "*ESE?",
      ":SENS:CURR:PROT:TRIP?",
      ":SENS:VOLT:PROT?",
      ":TRAC:DATA?",
      ":TRAC:POIN?",
      ":TRAC:FEED:CONT?",
      ":CALC3:DATA?",
      ":FETC?",
      ":READ?",
      ":MEAS:CURR?",
      ":MEAS:VOLT?",
      ":MEAS:RES?",
      ":SOUR:LIST:VOLT?",
      ":SOUR:LIST:VOLT:POIN?",
      ":SENS:DATA:LAT?",
      ":STAT:MEAS?",
      ":SENS:FUNC?",
      ":FORM:ELEM?",
      ":ARM:COUN?",
      ":SOUR:SWE:POIN? MAX",
    ];
    for (const query of queries) {
      expect((await port.ask(query)).length, query).toBeGreaterThan(0);
      expect(await port.ask(":SYST:ERR?"), query).toBe('0,"No error"');
    }
    await port.close();
  });

  it("reads voltage, current, resistance, time and status in its own format", async () => {
    const port = openPort(1e4);
    await port.send(":SOUR:VOLT 1;:SENS:RES:MODE MAN;:SENS:FUNC:ALL;:SENS:CURR:PROT 1e-3;:OUTP ON");
    const line = await port.ask(":READ?");
    expect(line).toMatch(/^(?:[+-]\d\.\d{6}E[+-]\d\d,){4}[+-]\d\.\d{6}E[+-]\d\d$/);
    const [voltage = 0, current = 0, resistance = 0, , status = 0] = numbers(line);
    expectClose(voltage, 1, 1e-5);
    expectClose(current, 1e-4, 1e-5);
    expectClose(resistance, voltage / current, 1e-6);
    // front terminals, all three measured, voltage sourced: bits 2, 11, 12, 13, 14
    expect(status).toBe(4 + 2048 + 4096 + 8192 + 16384);
    await port.close();
  });

  it("says 9.91E37 for what is not measured and 9.9E37 for a resistance without current", async () => {
    const port = openPort();
    await port.send(":SENS:FUNC:OFF:ALL;:SENS:FUNC 'CURR';:SOUR:VOLT 0.5;:OUTP ON");
    const [voltage, , resistance] = (await port.ask(":READ?")).split(",");
    expect([voltage, resistance]).toEqual(["+5.000000E-01", "+9.910000E+37"]);
    await port.send(":SENS:RES:MODE MAN;:SENS:FUNC:ALL;:SOUR:VOLT 0");
    expect((await port.ask(":READ?")).split(",")[2]).toBe("+9.900000E+37");
    await port.close();
  });

  it("clamps at compliance and says so: bit 3 for the compliance, bit 16 for the range", async () => {
    const port = openPort(1e4);
    await port.send(":SOUR:VOLT 1;:SENS:CURR:PROT 2e-5;:OUTP ON");
    const [voltage = 0, current = 0, , , status = 0] = numbers(await port.ask(":READ?"));
    expectClose(current, 2e-5, 1e-3);
    expectClose(voltage, 0.2, 5e-3);
    expect(status & 8).toBe(8);
    expect(await port.ask(":SENS:CURR:PROT:TRIP?")).toBe("1");
    await port.send(":SENS:CURR:PROT 1e-3;:SENS:CURR:RANG 1e-6");
    const [, held = 0, , , word = 0] = numbers(await port.ask(":READ?"));
    expectClose(held, 1.05e-6, 1e-3);
    expect(word & (65_536 | 8)).toBe(65_536);
    await port.close();
  });

  it("sources currents, and stops at the voltage that is allowed", async () => {
    const port = openPort(1e4);
    await port.send(":SOUR:FUNC CURR;:SOUR:CURR 1e-5;:SENS:VOLT:PROT 2;:OUTP ON");
    const [voltage = 0, current = 0] = numbers(await port.ask(":READ?"));
    expectClose(current, 1e-5, 1e-3);
    expectClose(voltage, 0.1, 1e-3);
    await port.send(":SOUR:CURR 1e-3");
    const [most = 0, , , , status = 0] = numbers(await port.ask(":READ?"));
    expectClose(most, 2, 1e-3);
    expect(status & 8).toBe(8);
    await port.close();
  });

  it("sweeps lists, stairs up and down, linear and logarithmic, at its steps of 50 uV", async () => {
    const port = openPort();
    await port.send(":FORM:ELEM VOLT;:OUTP ON");
    await port.send(":SOUR:VOLT:MODE LIST;:SOUR:LIST:VOLT 0.5,-1.00002,0.25;:TRIG:COUN 3");
    expect(numbers(await port.ask(":READ?"))).toEqual([0.5, -1, 0.25]);
    await port.send(":SOUR:VOLT:MODE SWE;:SOUR:VOLT:STAR 0;STOP 1;:SOUR:SWE:POIN 5;DIR DOWN;:TRIG:COUN 5");
    expect(numbers(await port.ask(":READ?"))).toEqual([1, 0.75, 0.5, 0.25, 0]);
    await port.send(":SOUR:SWE:SPAC LOG;DIR UP;:SOUR:VOLT:STAR 0.01;STOP 1;:SOUR:SWE:POIN 3;:TRIG:COUN 3");
    expect(numbers(await port.ask(":READ?"))).toEqual([0.01, 0.1, 1]);
    await port.close();
  });

  it("fills its buffer, tells by a bit of the status byte, and knows its statistics", async () => {
    const port = openPort();
    await port.send(
      "*CLS;*SRE 1;:STAT:MEAS:ENAB 512;:FORM:ELEM CURR;:SOUR:VOLT:MODE LIST;:SOUR:LIST:VOLT 1,2,3;:TRIG:COUN 3",
    );
    await port.send(":TRAC:CLE;:TRAC:POIN 3;:TRAC:FEED SENS;:TRAC:FEED:CONT NEXT;:OUTP ON;:INIT");
    expect(await port.ask("*OPC?")).toBe("1");
    expect(Number(await port.ask("*STB?")) & 65).toBe(65);
    expect(numbers(await port.ask(":TRAC:DATA?"))).toEqual([1e-6, 2e-6, 3e-6]);
    expect(numbers(await port.ask(":CALC3:FORM MEAN;:CALC3:DATA?"))).toEqual([2e-6]);
    expect(numbers(await port.ask(":CALC3:FORM SDEV;:CALC3:DATA?"))).toEqual([1e-6]);
    expect(await port.ask(":TRAC:FEED:CONT?")).toBe("NEV");
    await port.close();
  });

  it.each([
    [":SOUR:VLOT 1", -113],
    [":SENS:CURRVOLT:NPLC?", -113],
    [":SOUR:VOLT", -109],
    [":SOUR:VOLT 1,2", -108],
    [":SOUR:VOLT abc", -104],
    [":SOUR:VOLT 1x", -121],
    [":SOUR:VOLT 1e400", -123],
    [":SOUR:VOLT 211", -222],
    [":SENS:CURR:NPLC 11", -222],
    [":SOUR:FUNC POWER", -224],
    [":SENS:FUNC RES", -151],
    ["{", -101],
    [":SOUR:LIST:VOLT ".concat(Array.from({ length: 101 }, () => "0").join(",")), -223],
    [":FORM:DATA REAL", 701],
    [":TRAC:FEED:CONT NEXT;:TRAC:CLE", 800],
    [":SOUR:FUNC MEM;:OUTP ON;:INIT", 801],
    [":INIT", 803],
    [":SENS:CURR:RANG 1e-3;:SENS:CURR:PROT 1e-7", 824],
    [":SENS:CURR:PROT 1e-2;:SENS:CURR:RANG 1e-2;:SENS:CURR:PROT 1e-6", 822],
    [":SENS:RES:MODE AUTO;:SENS:FUNC 'RES';:SOUR:VOLT 1", 825],
    [":SENS:CURR:PROT 1;:SOUR:VOLT 100", 826],
    [":ARM:COUN INF;:OUTP ON;:READ?", 830],
    [":ARM:COUN 100;:TRIG:COUN 100", -221],
    [":FETC?", -230],
  ])("%s is answered by error %i", async (command, code) => {
    const port = openPort();
    await port.send(command);
    expect(await port.ask(":SYST:ERR?")).toMatch(new RegExp(`^${code},"[^"]+"$`));
    await port.close();
  });

  it("says nothing to READ? while the output is off, and has 803 in its queue", async () => {
    const port = openPort();
    await port.send(":READ?");
    // the answer that comes next is that of the next query
    expect(await port.ask(":SYST:ERR?")).toBe('803,"Not permitted with OUTPUT off"');
    await port.close();
  });

  it("keeps ten errors, the last of them -350 when there were more", async () => {
    const port = openPort();
    for (let k = 0; k < 15; k++) await port.send(":NOPE");
    const codes = [];
    for (let k = 0; k < 11; k++) codes.push(Number.parseInt(await port.ask(":SYST:ERR?"), 10));
    expect(codes).toEqual([-113, -113, -113, -113, -113, -113, -113, -113, -113, -350, 0]);
    await port.close();
  });

  it("takes short and long forms, any case, relative headers, optional nodes, CR, LF and both", async () => {
    const transport = pipeTo(keithley2400, makeBench());
    const port = new LinePort(transport, patientTimer(40));
    for (const text of [
      ":source1:voltage:level:immediate:amplitude 0.5\r",
      "SOUR:VOLT:RANG:AUTO 1;:SENS:CURR:PROT 1e-5;NPLC 0.1\r\n",
    ])
      await transport.write(Buffer.from(text));
    expect(await port.ask("sOuR:vOlT?;:SENS:CURR:PROT?;NPLC?")).toBe("+5.000000E-01;+1.000000E-05;+1.000000E-01");
    await port.close();
  });

  it.each(["\u0003", "\u0018"])(
    "ends an endless sweep at a device clear (%j), forgets what waits, and listens again",
    async (clear) => {
      const transport = pipeTo(keithley2400, makeBench());
      const port = new LinePort(transport, patientTimer(40));
      await port.send(":ARM:SOUR BUS;:OUTP ON");
      await port.send(":READ?");
      await port.send("*IDN?");
      await transport.write(Buffer.from(clear));
      expect(await port.ask(":OUTP?")).toBe("1");
      await port.send(":READ?");
      await port.send("*TRG");
      expect(numbers(await port.line())).toHaveLength(5);
      await port.close();
    },
  );

  it("an overlapped INIT is ended by :ABOR, and a second one is ignored with -213 only while it runs", async () => {
    const port = openPort();
    await port.send(":ARM:SOUR BUS;:OUTP ON;:INIT");
    await port.send(":ABOR");
    expect(await port.ask("*OPC?")).toBe("1");
    expect(await port.ask(":SYST:ERR?")).toBe('0,"No error"');
    await port.close();
  });

  it("holds the host with XOFF when its input fills, lets it go on with XON, and obeys both itself", async () => {
    const sent: string[] = [];
    const send = (bytes: Uint8Array) => void sent.push(Buffer.from(bytes).toString("latin1"));
    const timer = new JumpingTimer();
    const device = new EmulatedKeithley2400({ bench: makeBench(), timer, send });
    const quiet = () => new Promise<void>((resolve) => void setTimeout(resolve, 20));
    device.receive(Buffer.from(":ARM:SOUR BUS;:OUTP ON\n:READ?\n"));
    await quiet();
    for (let k = 0; k < 300; k++) device.receive(Buffer.from(":SOUR:VOLT 0.1\n"));
    expect(sent.join("")).toBe("\u0013");
    device.receive(Buffer.from("*TRG\n"));
    await quiet();
    expect(sent.join("")).toMatch(/\u0011$/);
    sent.length = 0;
    device.receive(Buffer.from("\u0013:OUTP?\n"));
    await quiet();
    expect(sent).toEqual([]);
    device.receive(Buffer.from("\u0011"));
    expect(sent).toEqual(["1\n"]);
    device.close();
  });

  it("takes as long as its delays, conversions and counts say", async () => {
    const port = openPort();
    await port.send(
      ":SYST:AZER:STAT 0;:SENS:FUNC:OFF:ALL;:SENS:FUNC 'CURR';:SENS:CURR:NPLC 6;:SOUR:DEL 0.2;:FORM:ELEM TIME;:TRIG:COUN 3;:OUTP ON",
    );
    const [first = 0, , third = 0] = numbers(await port.ask(":READ?"));
    // 0.2 s and six cycles of 60 Hz; half a millisecond of overhead is our guess
    expectClose((third - first) / 2, 0.3, 2e-3);
    await port.close();
  });
});
