"""Drives a Keithley 2600 over PyVISA in the lines that public drivers send (QCoDeS, scripts of the manual), and prints what it read as
JSON. It shares no code with Crosspore.

usage: keithley2600.py RESOURCE
"""
import json
import struct
import sys

import pyvisa

visa = pyvisa.ResourceManager("@py")
smu = visa.open_resource(sys.argv[1], read_termination="\n", write_termination="\n", timeout=10000)
if "ASRL" in sys.argv[1]:
    smu.baud_rate = 115200


def number(text):
    return float(smu.query(f"print({text})"))


found = {"id": smu.query("*IDN?")}
smu.write("smua.reset()")
smu.write("errorqueue.clear()")
smu.write("localnode.prompts = 0 localnode.prompts4882 = 0")
found["model"] = smu.query("print(localnode.model)")
smu.write("smua.source.func = smua.OUTPUT_DCVOLTS")
smu.write("smua.source.limiti = 1.0000e-03")
smu.write("smua.measure.nplc = 0.100000")
smu.write("smua.source.levelv = 0.500000000000")
smu.write("smua.source.output = 1")
found["state"] = [number(f"smua.{name}") for name in ("source.func", "source.output", "measure.nplc", "source.levelv")]
found["current_A"] = number("smua.measure.i()")
# a reading and the state of the limit in one line, TAB between
found["withCondition"] = smu.query("print(smua.measure.v(), status.measurement.instrument.smua.condition)").split("\t")
found["both"] = [float(one) for one in smu.query("print(smua.measure.iv())").split("\t")]

# the limit holds, and is told
smu.write("smua.source.limiti = 1e-7")
found["limited_A"] = number("smua.measure.i()")
found["compliance"] = smu.query("print(smua.source.compliance)")
smu.write("smua.source.limiti = 1e-3")

# a sweep in a script that comes with CR LF, its readings as binary numbers behind "#0"
steps = 5
script = [
    "smua.measure.nplc = 0.050000000000",
    "smua.source.output = 1",
    "startX = 0.000000000000",
    "dX = 0.100000000000",
    "smua.source.func = 1",
    "smua.measure.count = 1",
    "smua.nvbuffer1.clear()",
    "smua.nvbuffer1.appendmode = 1",
    f"for index = 1, {steps} do",
    "  target = startX + (index-1)*dX",
    "  smua.source.levelv = target",
    "  smua.measure.i(smua.nvbuffer1)",
    "end",
    "format.data = format.REAL32",
    "format.byteorder = format.LITTLEENDIAN",
    f"printbuffer(1, {steps}, smua.nvbuffer1.readings)",
]
smu.write("loadandrunscript\r\n" + "\r\n".join(script) + "\r\nendscript")
wanted = 4 * steps + 3
raw = b""
while len(raw) < wanted:
    raw += smu.read_bytes(wanted - len(raw))
found["sweep_A"] = list(struct.unpack(f"<{steps}f", raw[2:-1]))
smu.write("printnumber(1.25, -2)")
found["numbers"] = list(struct.unpack("<2f", smu.read_bytes(11)[2:-1]))
smu.write("format.data = format.ASCII")

# one timed trace
smu.write("oldint = smua.measure.interval")
smu.write("smua.measure.count=4 smua.measure.interval=0.01 smua.nvbuffer1.clear() smua.nvbuffer1.collecttimestamps = 1")
smu.write("smua.measure.i(smua.nvbuffer1)")
smu.write("smua.measure.interval=oldint smua.measure.count=1")
found["trace_s"] = [float(one) for one in smu.query("printbuffer(1, 4, smua.nvbuffer1.timestamps)").split(",")]

# what is wrong is in the queue, with code, text, severity and node
smu.write("smua.source.levelv = 1000")
smu.write("this is no lua")
smu.write("nothing.at.all()")
found["errors"] = number("errorqueue.count")
found["codes"] = [float(smu.query("print(errorqueue.next())").split("\t")[0]) for _ in range(3)]
found["empty"] = smu.query("print(errorqueue.next())").split("\t")

# the second channel lies open
smu.write("smub.source.output = 1")
found["open_A"] = abs(float(smu.query("print(smub.measure.i())")))
smu.write("smua.source.output = 0 smub.source.output = 0")
found["off"] = number("smua.source.output")
smu.write("*RST")
found["done"] = smu.query("*OPC?")
print(json.dumps(found))
