import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pipeTo } from "../../../tests/emulatedLine.ts";
import { makeWiredArray } from "../../../tests/matrixArray.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { soakOr } from "../../../tests/soak.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { InstrumentError, ProtocolError, UnsupportedError } from "../../errors.ts";
import { Bench } from "../emulation/bench.ts";
import { scpi } from "./index.ts";
import { CommandTree } from "./language/commandTree.ts";
import { formatScpi } from "./language/parameters.ts";
import { parseProgram } from "./language/program.ts";
import { parseProfile } from "./profile.ts";
import { decodeError, decodeIdentity, decodeNumbers } from "./replies.ts";

const file = join(import.meta.dirname, "..", "..", "..", "examples", "instruments", "keithley-2400.scpi.yaml");
const example = readFileSync(file, "utf8");
const instrumentOptions = new Map([["profile", file]]);
const makeDevice = () =>
  new EmulatedArray(
    {
      rows: 1,
      columns: 1,
      junction: { model: "ohmic" },
      conductance_S: Float64Array.of(1e-5),
      unselectedLines: "biased",
    },
    { seed: 1 },
  );

describeArrayBackend(
  "a generic SCPI unit over an emulated Keithley 2400",
  () => makeWiredArray(scpi, makeDevice(), { instrumentOptions }),
  {
    safe_V: 0.4,
    relative: 2e-4,
    absolute_A: 1e-9,
    samplePeriod_s: 0.02,
    longSamples: 50,
    linear: true,
    conductance_S: Float64Array.of(1e-5),
  },
);

describe("the profile of a SCPI unit", () => {
  it.each([
    ["range_V: [-21, 21]", "range_V: [21, -21]", /unit\.yaml:\d+:\d+: scpi\.voltage\.range_V/],
    [
      'set: ":SOUR:VOLT {value}"',
      'set: ":SOUR:VOLT"',
      /unit\.yaml:\d+:\d+: scpi\.voltage\.set: .*no place for its number/,
    ],
    ['read: ":READ?"', 'read: ":READ"', /scpi\.current\.read: .*is no query/],
    ["title: ", "titel: ", /unit\.yaml:\d+:3: scpi\.titel: unknown key "titel", did you mean "title"/],
    ["[1uA, 10uA,", "[10uA, 1uA,", /scpi\.current\.ranges_A: .*ascending/],
    ["reading_s: 5ms", "reading_s: 5s", /scpi\.reading_s: a reading takes longer/],
    ["lineEnd: lf", "lineEnd: tab", /scpi\.lineEnd: .*lf, cr, crlf/],
    ['- "*RST"', '- "*RST\\n:OUTP 1"', /scpi\.start\[0\]: .*one line/],
  ])("%s -> %s is refused at its place", (right, wrong, message) => {
    const text = example.replace(right, wrong);
    expect(text).not.toBe(example);
    expect(() => parseProfile(text, "unit.yaml")).toThrow(ProtocolError);
    expect(() => parseProfile(text, "unit.yaml")).toThrow(message);
  });

  it("is asked for when it is missing, and named when it cannot be read", async () => {
    await expect(makeWiredArray(scpi, makeDevice())).rejects.toBeInstanceOf(UnsupportedError);
    await expect(makeWiredArray(scpi, makeDevice())).rejects.toThrow(/profile=FILE/);
    const options = new Map([["profile", "/nowhere/unit.yaml"]]);
    await expect(makeWiredArray(scpi, makeDevice(), { instrumentOptions: options })).rejects.toThrow(
      /\/nowhere\/unit\.yaml: the profile cannot be read/,
    );
  });

  it("binds to an identity: another instrument is refused, anything that says who it is can be asked", async () => {
    const other = {
      ...scpi,
      emulate: (hardware: Parameters<typeof scpi.emulate>[0]) =>
        scpi.emulate({ ...hardware, identity: "ACME,METER 9,SIM7,1.0" }),
    };
    const opened = makeWiredArray(other, makeDevice(), { instrumentOptions });
    await expect(opened).rejects.toBeInstanceOf(InstrumentError);
    await expect(opened).rejects.toThrow(/"KEITHLEY" in its identity.*ACME/);
    expect(await scpi.identify(pipeTo(other, new Bench(makeDevice())), patientTimer(40))).toEqual({
      manufacturer: "ACME",
      model: "METER 9",
      serial: "SIM7",
      firmware: "1.0",
    });
  });
});

describe("SCPI as text", () => {
  it("is read relative to the header before, from the root behind a colon; common commands change nothing", () => {
    const headers = parseProgram(":SOUR:VOLT 1;RANG:AUTO 1;*OPC?;:SENS:FUNC 'a;b',\"c,d\"").map((unit) =>
      "error" in unit ? unit : [...unit.header, unit.query, ...unit.parameters],
    );
    expect(headers).toEqual([
      ["SOUR", "VOLT", false, "1"],
      ["SOUR", "RANG", "AUTO", false, "1"],
      ["*OPC", true],
      ["SENS", "FUNC", false, "'a;b'", '"c,d"'],
    ]);
  });

  it("finds headers in both forms, with and without optional nodes and suffixes, and no others", () => {
    const tree = new CommandTree({ "[:SENSe[1]]:CURRent[:DC]:RANGe[:UPPer]": 1, ":SYSTem:ERRor[:NEXT]": 2, "*IDN": 3 });
    for (const header of ["SENS:CURR:RANG", "CURR:RANG", "SENSE1:CURRENT:DC:RANGE:UPPER", "SENS1:CURR:RANG:UPP"])
      expect(tree.find(header.split(":")), header).toBe(1);
    expect(tree.find(["SYST", "ERR"])).toBe(2);
    expect(tree.find(["*IDN"])).toBe(3);
    for (const header of ["SENSE2:CURR:RANG", "SENS:CURRE:RANG", "SENS:CURR", "SYST", ""])
      expect(tree.find(header.split(":")), header).toBeUndefined();
  });

  it("prints numbers as the instruments do", () => {
    expect([0, 1, -1.05e-4, 1e38, Number.NaN].map((value) => formatScpi(value))).toEqual([
      "+0.000000E+00",
      "+1.000000E+00",
      "-1.050000E-04",
      "+1.000000E+38",
      "+9.910000E+37",
    ]);
  });

  it("decodes what real instruments are documented to answer", () => {
    expect(decodeIdentity("KEITHLEY INSTRUMENTS INC.,MODEL 2400,1234567,C30   Mar 17 2006 09:29:29/A02  /K/J")).toEqual(
      {
        manufacturer: "KEITHLEY INSTRUMENTS INC.",
        model: "2400",
        serial: "1234567",
        firmware: "C30   Mar 17 2006 09:29:29/A02  /K/J",
      },
    );
    expect(decodeError('-113, "Undefined header"')).toEqual({ scpiCode: -113, meaning: "Undefined header" });
    expect(decodeError('+0,"No error"')).toEqual({ scpiCode: 0, meaning: "No error" });
    const numbers = [...decodeNumbers("+1.000000E+00,+1.000000E-03,+9.910000E+37,+9.9E+37,x,")];
    expect(numbers).toEqual([1, 1e-3, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  it("takes any text for something", () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        expect(parseProgram(line).length).toBeLessThanOrEqual(line.length);
        expect(decodeNumbers(line).length).toBe(line.split(",").length);
        decodeError(line);
        decodeIdentity(line);
      }),
      { numRuns: soakOr(1_000_000, 500) },
    );
  });
});
