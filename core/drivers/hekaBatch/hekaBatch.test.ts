import { createServer } from "node:net";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { patientTimer } from "../../../tests/patientTimer.ts";
import { describeArrayBackend } from "../../arrayBackend.conformance.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { InstrumentError, TransportError, UnsupportedError } from "../../errors.ts";
import { constant } from "../../waveform.ts";
import { Bench } from "../emulation/bench.ts";
import { serveInstrument } from "../emulation/serve.ts";
import type { ChannelPlan } from "../instrument.ts";
import { InstrumentArray } from "../instrumentArray.ts";
import { LinePort } from "../linePort.ts";
import { JumpingTimer } from "../timer.ts";
import { openFolder } from "../transports/folder.ts";
import { openTcp } from "../transports/tcp.ts";
import { connectPipe } from "../transports/pipe.ts";
import { encodeMessage, GAINS, parseExport, parseIndex } from "./codec.ts";
import { EmulatedPatchmaster } from "./emulated.ts";
import { hekaBatch, openAsItIs } from "./index.ts";
import { cutSweeps } from "./sweeps.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "heka-"));
  folders.push(folder);
  return folder;
}

const makeDevice = (model = "ohmic") =>
  new EmulatedArray(
    { rows: 1, columns: 1, junction: { model, ...(model === "ohmic" && { parameters: { conductance_S: 1e-8 } }) } },
    { seed: 1 },
  );
const timer = patientTimer(20);

/** PATCHMASTER behind a folder, as on a shared drive. */
async function serve(folder = makeFolder(), device = makeDevice()) {
  let program: EmulatedPatchmaster | undefined;
  const served = await serveInstrument({
    make: (hardware) => (program = new EmulatedPatchmaster(hardware)),
    bench: new Bench(device),
    place: { folder },
    timer: new JumpingTimer(),
    paced: false,
  });
  const open = async (patience = timer) => {
    const transport = openFolder(folder, patience);
    const close = transport.close.bind(transport);
    // the program goes when the driver has gone
    transport.close = async () => {
      await close();
      await served[Symbol.asyncDispose]();
    };
    return (await hekaBatch.open(transport, { timer: patience, options: new Map() })).instrument;
  };
  return { folder, served, open, program: () => program };
}

describeArrayBackend(
  "PATCHMASTER over its emulated program and a folder",
  async () => {
    const { open } = await serve();
    const instrument = await open();
    if (!instrument) throw new Error("no channel");
    const grid = { rows: 1, columns: 1 };
    const selector = {
      grid,
      unselectedLines: "floating" as const,
      select: async () => {},
      open: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
    return new InstrumentArray({ instrument, selector, timer });
  },
  {
    safe_V: 0.2,
    relative: 1e-6,
    // the widest range is 2 uA
    absolute_A: 2e-6 / 32_768,
    samplePeriod_s: 0.02,
    longSamples: 150,
    linear: true,
    conductance_S: Float64Array.of(1e-8),
  },
);

describe("messages", () => {
  it("carry a sign and eight digits, and end with an echo", () => {
    expect(encodeMessage(12, ["Query"])).toBe("+00000012\nQuery\nEcho crosspore-12\n");
    expect([parseIndex("-00000012"), parseIndex("+7"), parseIndex("Query"), parseIndex("12")]).toEqual([
      12,
      7,
      undefined,
      undefined,
    ]);
  });

  it("count gains as PATCHMASTER does: separators at 6 and 13", () => {
    const index = (gain: number) => GAINS.find(({ gain_mV_pA }) => gain_mV_pA === gain)?.index;
    expect([0.005, 0.2, 0.5, 1, 20, 50, 2000].map(index)).toEqual([0, 5, 7, 8, 12, 14, 19]);
  });

  it("read an export, and say what is wrong with one that is none", () => {
    const text =
      '"Index","Time[s]","I-mon[A]","V-mon[V]"\r\n0, 0.000000e+00, 1.25e-12, -7.0e-02\r\n1, 5.0e-05, -2.5e-12, -7.0e-02\r\n';
    expect([...parseExport(text).current_A]).toEqual([1.25e-12, -2.5e-12]);
    expect(() => parseExport(text.replace("I-mon[A]", "I"))).toThrow(/line 1: there is no column "I-mon\[A\]"/);
    expect(() => parseExport(`${text}2, 1e-4, xx, 0\r\n`)).toThrow(/line 4: "2, 1e-4, xx, 0" is no row of 4 numbers/);
    fc.assert(
      fc.property(fc.string(), (junk) => {
        try {
          parseExport(junk);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

describe("a plan as sweeps", () => {
  const planOf = (points: readonly (readonly [number, number])[]): ChannelPlan => ({
    voltage_V: Float64Array.from(points, ([volts]) => volts),
    duration_s: Float64Array.from(points, ([, seconds]) => seconds),
    measured: new Uint8Array(points.length).fill(1),
    currentRange_A: "auto",
    compliance_A: Infinity,
  });

  it("leaves a pulse to the amplifier and long levels to Vhold, in parts", () => {
    const sweeps = cutSweeps(
      planOf([
        [0.1, 1.5],
        [0.4, 0.01],
        [0.1, 0.6],
      ]),
    );
    expect(sweeps.map(({ hold_V, levels }) => [hold_V, ...levels.map(({ voltage_V }) => voltage_V)])).toEqual([
      [0.1, 0.1],
      [0.1, 0.1],
      [0.1, 0.4],
      [0.1, 0.1],
    ]);
    expectClose(sweeps[2]?.start_s ?? 0, 1.5, 1e-12);
  });

  it("refuses stairs that neither can play", () => {
    const stairs = planOf(Array.from({ length: 8 }, (_, k) => [0.1 * (k % 3), 0.1] as const));
    expect(() => cutSweeps(stairs)).toThrow(UnsupportedError);
    expect(() =>
      cutSweeps(
        planOf([
          [0.1, 0.1],
          [0.2, 2],
        ]),
      ),
    ).toThrow(/from one level and back to it/);
  });
});

describe("PATCHMASTER over a folder", () => {
  it("is not taken in by an answer that lies there from before, and says so when none comes", async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, "E9Batch.Out"), '+00000041\nReply_ConnectionIdentify "PATCHMASTER"\n');
    const opened = hekaBatch.open(openFolder(folder, patientTimer(1)), { timer: patientTimer(1), options: new Map() });
    await expect(opened).rejects.toThrow(/an old answer only, to message \+00000041.*is batch communication on/);
    await expect(opened).rejects.toBeInstanceOf(TransportError);
  });

  it("takes up a folder whose last message has the index that it would begin with", async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, "E9Batch.In"), "+00000001\nacknowledged\n");
    writeFileSync(join(folder, "E9Batch.Out"), "+00000001\n");
    const { open, served } = await serve(folder);
    const instrument = await open(patientTimer(2));
    expect(instrument?.identity).toMatchObject({ manufacturer: "HEKA", serial: "SIM0001" });
    await instrument?.[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
  });

  it("is refused in current clamp: nothing is driven, and the state says why", async () => {
    const { open, served, program } = await serve();
    program()?.receive(Buffer.from("Set E Mode 4\n"));
    await expect(open()).rejects.toThrow(/voltage clamp.*amplifier 1 is in current clamp; nothing was driven/);
    await served[Symbol.asyncDispose]();
  });

  it("writes under a minus first: a message that is not whole is not read", () => {
    const folder = makeFolder();
    const half = join(folder, "E9Batch.In");
    writeFileSync(half, "-00000007\nSet E Vho");
    expect(existsSync(half)).toBe(true);
    expect(readFileSync(half, "latin1").startsWith("+")).toBe(false);
  });

  it("tells range, gain and mode as states that change", async () => {
    const { open, served } = await serve();
    const instrument = await open();
    if (!instrument) throw new Error("no channel");
    const seen: unknown[] = [];
    instrument.states?.subscribe((state) => seen.push(state));
    const grid = { rows: 1, columns: 1 };
    const free = { select: async () => {}, open: async () => {}, [Symbol.asyncDispose]: async () => {} };
    const array = new InstrumentArray({ instrument, timer, selector: { grid, unselectedLines: "floating", ...free } });
    const stimulus = { duration_s: 0.1, rows: [constant(0.05)], columns: [constant(0)], targets: [], referenceRow: 0 };
    const readout = { samplePeriod_s: 0.01, columns: [0], currentRange_A: 1e-9, windows: [{ start_s: 0, end_s: 0.1 }] };
    const { windows } = await array.apply(stimulus, readout, new AbortController().signal);
    expectClose(windows[0]?.current_A[0] ?? 0, 0.5e-9, 1e-4);
    expect(seen).toEqual([
      { mode: "VC", gain_V_A: 1e9, currentRange_A: 1e-8 },
      { mode: "VC", gain_V_A: 1e10, currentRange_A: 1e-9 },
    ]);
    await array[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
  });
});

describe("PATCHMASTER over lines", () => {
  const connect = () => {
    const [host, device] = connectPipe("patchmaster");
    const send = (bytes: Uint8Array) => void device.write(bytes).catch(() => {});
    // one clock for both: half a second at rest is half a second for the amplifier
    const clock = new JumpingTimer();
    const program = new EmulatedPatchmaster({ bench: new Bench(makeDevice()), timer: clock, send });
    device.listen({ bytes: (chunk) => program.receive(chunk), closed: () => program.close() });
    return { host, program, clock };
  };

  it.each([
    ["GetEpcParams-1 Mode", "GetEpcParams-1 VC"],
    ["GetEpcParams-1 Gain", "GetEpcParams-1 1.000mV/pA"],
    ["GetEpcParams-1 VmonGain", "GetEpcParams-1 VmonX10"],
    ["GetEpcParams-1 CCGain", "GetEpcParams-1 CC0.1pA"],
    ["GetEpcParams-1 ExtStim", "GetEpcParams-1 0.100"],
    ["GetTarget", "Reply_GetTarget  1,1,1,1,2"],
    ["ListSequences", 'Reply_ListSequences "crosspore"'],
    ["Query", "Query_Idle"],
    ["Echo a b ; aside", "Reply_Echo a b"],
    ["Set E Gain 6", "range: gain 6"],
    ["Dance", "error: unknown command Dance"],
  ])("answers %s as clients know it", async (command, answer) => {
    const { host } = connect();
    expect(await new LinePort(host, timer).ask(command)).toBe(answer);
    await host.close();
  });

  it("goes to current clamp through rest alone; a direct jump is flagged by the emulated amplifier", async () => {
    const direct = connect();
    const port = new LinePort(direct.host, timer);
    await port.send("Set E Vhold -70\nSet E Mode 4");
    await port.ask("Query");
    expect(direct.program.modeJumps).toBe(1);
    await direct.host.close();

    const { host, program, clock } = connect();
    const options = new Map([["exported", "/nowhere"]]);
    const { instrument } = await hekaBatch.open(host, { timer: clock, options });
    if (!(instrument && "setMode" in instrument && typeof instrument.setMode === "function"))
      throw new Error("no modes");
    await instrument.setMode("IC");
    await instrument.setMode("VC");
    expect(program.modeJumps).toBe(0);
    await instrument[Symbol.asyncDispose]();
  });

  it("is taken as it is by who asks for its state, also in current clamp, and let go of without a command", async () => {
    const { host, program, clock } = connect();
    const port = new LinePort(host, timer);
    await port.send("Set E Vhold 0\nSet E Mode 4");
    await port.ask("Query");
    const jumps = program.modeJumps;
    const heard: string[] = [];
    const spied = {
      name: host.name,
      bitsPerSecond: host.bitsPerSecond,
      listen: host.listen.bind(host),
      discardInput: () => host.discardInput(),
      close: () => host.close(),
      write: async (bytes: Uint8Array) => {
        heard.push(...Buffer.from(bytes).toString("latin1").split("\n"));
        await host.write(bytes);
      },
    };
    const amplifier = await openAsItIs(spied, { timer: clock, options: new Map() });
    expect(amplifier.states.value).toMatchObject({ mode: "IC" });
    expect(heard.filter((line) => /^Set E (?!Ampl)|^Set N|Execute/u.test(line))).toEqual([]);
    await amplifier.setMode("VC");
    expect(amplifier.states.value).toMatchObject({ mode: "VC", gain_V_A: 1e9 });
    expect(program.modeJumps).toBe(jumps);
    const before = heard.length;
    await amplifier.release();
    expect(heard.length).toBe(before);
  });

  it("cannot go through a bridge that hangs up after a command, and is told why", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.end());
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const line = await openTcp("127.0.0.1", typeof address === "object" && address ? address.port : 0);
    await expect(hekaBatch.open(line, { timer, options: new Map() })).rejects.toThrow(
      /hung up; a bridge to PATCHMASTER must stay connected and pass lines both ways \(HNCServer/u,
    );
    await line.close();
    server.close();
  });

  it("passes an error on in the program's own words", async () => {
    const { host } = connect();
    const opened = hekaBatch.open(host, { timer, options: new Map([["amplifier", "3"]]) });
    await expect(opened).rejects.toBeInstanceOf(InstrumentError);
    await expect(opened).rejects.toThrow(/error: unknown E Ampl3 TRUE/);
    await host.close();
  });
});
