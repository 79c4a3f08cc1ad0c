"""Drives a MethodSCRIPT potentiostat over pyserial as the vendor's public description of its protocol says, and prints what it
read as JSON. It shares no code with Crosspore.

usage: emstat.py PORT
"""
import json
import re
import sys
import time

import serial

SI = dict(zip("afpnum kMGTPE", (1e-18, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9, 1e12, 1e15, 1e18)), i=1)
# a line that ends the answer to a command, or a script
ERROR = re.compile(r".*!([0-9A-Fa-f]{4})(:.*|\n)")

# no flow control, a second a line: what the vendor's example for Python opens
port = serial.Serial(port=sys.argv[1], baudrate=230400, timeout=1)


def write(text):
    port.write(text.encode("ascii"))


def read():
    line = port.readline().decode("ascii")
    if not line.endswith("\n"):
        raise SystemExit(f"no line within a second, only {line!r}")
    return line


def until_end():
    """Lines up to the empty one, or up to an error, which the last one is then."""
    lines = []
    while True:
        line = read()
        if line == "\n":
            return lines
        lines.append(line)
        if ERROR.match(line):
            return lines


def synchronise():
    """Whatever runs ends; the next answer belongs to the next question."""
    write("\n")
    write("Z\n")
    while True:
        line = read()
        if line.startswith("Z"):
            break
    if line == "Z!0006\n":
        time.sleep(0.1)
    else:
        until_end()


def value(field):
    if field[2:10] == "     nan":
        return float("nan")
    return (int(field[2:9], 16) - 2**27) * SI[field[9]]


def tree(lines):
    """Measurement loops, loops and scans nest; each is closed by its own mark."""
    ends = {"M": "*", "L": "+", "C": "-"}
    stack = [[]]
    open_ = []
    for line in (line.rstrip("\n") for line in lines):
        if line[0] in ends:
            if line[0] != "L" and not re.fullmatch(r"[MC][0-9A-F]{4}", line):
                raise SystemExit(f"{line!r} opens nothing")
            open_.append(ends[line[0]])
            stack.append([])
        elif line[0] in "*+-":
            if open_.pop() != line[0]:
                raise SystemExit(f"{line!r} closes another loop")
            inner = stack.pop()
            stack[-1].append(inner)
        elif line[0] == "P":
            stack[-1].append([value(field) for field in line[1:].split(";")])
        elif line[0] != "T":
            # the first line is the answer to e or r
            if line not in ("e", "r"):
                raise SystemExit(f"{line!r} is nothing that the description knows")
    if open_:
        raise SystemExit(f"{open_} were never closed")
    return stack[0]


def run(script, command="e"):
    # line by line, as a file is sent
    for line in [command, *script.strip().split("\n"), ""]:
        write(line + "\n")
    return until_end()


HEAD = """
var p
var c
set_pgstat_chan 0
set_pgstat_mode 2
set_max_bandwidth 400
set_range_minmax da -500m 500m
set_range ba 50u
set_autoranging ba 50u 50u
set_e 0
cell_on
"""
PACKAGE = """
\tpck_start
\t\tpck_add p
\t\tpck_add c
\tpck_end
endloop
"""
TAIL = """on_finished:
  cell_off
"""

found = {}
synchronise()
write("t\n")
found["version"] = read() + read()
write("i\n")
found["serial"] = read()
write("v\n")
found["script"] = read()
write("CC\n")
found["commands"] = read()
write("CM\n")
found["scriptCommands"] = read()

found["ca"] = tree(run(HEAD + "meas_loop_ca p c 100m 10m 100m" + PACKAGE + TAIL))
found["lsv"] = tree(run(HEAD + "meas_loop_lsv p c 0 200m 20m 1" + PACKAGE + TAIL))
found["cv"] = tree(run(HEAD + "meas_loop_cv p c 0 100m -100m 10m 1 nscans(2)" + PACKAGE + TAIL))

# a comment, spaces, loops in loops, text, arithmetic of whole numbers
found["loop"] = run(
    """
# counts
var i
var x
store_var i 0i ja
store_var x 3i ja
loop i < x
  pck_start
  pck_add i
  pck_end
  add_var i 1i
endloop
send_string "hello world!"
"""
)

# load, store, load again, run what is stored
for line in ["l", 'send_string "kept"', ""]:
    write(line + "\n")
found["load"] = read()
for command in ["Fmscr", "Lmscr"]:
    write(command + "\n")
    found[command] = read()
write("r\n")
found["kept"] = until_end()

# what is wrong is said with its code, line and column; then the device is deaf for a moment
found["wrong"] = run("var p\nfail\n")
time.sleep(0.15)
write("fail\n")
found["unknown"] = read()
time.sleep(0.15)
write("G99\n")
found["register"] = read()
time.sleep(0.15)
write("S0A00ff\n")
write("G0A\n")
found["written"] = [read(), read()]
found["division"] = run("var x\nstore_var x 1 ja\ndiv_var x 0\n")
# the blank line behind it, where there is one
time.sleep(0.1)
port.reset_input_buffer()

# aborted in the middle: the loop is closed, on_finished runs, then the end
for line in ["e", *(HEAD + "meas_loop_ca p c 100m 10m 1000" + PACKAGE + TAIL).strip().split("\n"), ""]:
    write(line + "\n")
seen = [read() for _ in range(6)]
write("Z\n")
rest = until_end()
seen += [line for line in rest if line != "Z\n"]
found["acknowledged"] = rest.count("Z\n")
found["aborted"] = len(tree(seen)[0])
synchronise()
write("\n")
found["idle"] = read()
print(json.dumps(found))
