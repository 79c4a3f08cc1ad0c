"""Drives an ArC ONE over pyserial in the packets that the makers' open programs send, and prints what it read as JSON. It shares no code
with Crosspore.

usage: arcOne.py PORT
"""
import json
import struct
import sys
import time

import serial

# 8E1; a pseudo-terminal takes the parity once and does not keep it
port = serial.Serial(port=sys.argv[1], baudrate=921600, parity=serial.PARITY_EVEN, timeout=7)


def send(code, *values):
    """One line an argument: %d for whole numbers, %f for the rest, each in a write of its own."""
    port.write(f"{code}\n".encode())
    for number in values:
        port.write((f"{number:d}\n" if isinstance(number, int) else f"{number:f}\n").encode())


def floats(count):
    raw = port.read(4 * count)
    if len(raw) != 4 * count:
        raise SystemExit(f"{len(raw)} bytes of {4 * count} within seven seconds")
    return list(struct.unpack(f"<{count}f", raw))


def triples():
    """Until a resistance that is no positive whole number."""
    found = []
    while True:
        triple = floats(3)
        if int(triple[0]) <= 0:
            return found
        found.append(triple)


found = {}
port.write(b"00\n")
time.sleep(1)
# cycles, words, bits, read mode, session, sneak path, read voltage
send("0", 50, 32, 32, 2, 0, 1, 0.5)
found["confirmed"] = port.readline().decode()
send("01", 2, 0.5)
time.sleep(0.2)
send("999")
found["version"] = list(struct.unpack("<2H", port.read(4)))

send("1", 1, 2)
found["one"] = floats(1)[0]
send("2", 1, 3, 2)
# a float after the other, as they come
found["all"] = [floats(1)[0] for _ in range(6)]
send("2", 2, 32, 32, 3)
masked = []
for word, bit in [(1, 1), (2, 2), (3, 1)]:
    port.write(f"{word}\n{bit}\n".encode())
    masked.append(floats(1)[0])
found["masked"] = masked

send("3", 2, 1, 0.9, 0.0001)
found["pulseRead"] = floats(1)[0]
send("02", 3, 2)
send("04", 0.9, 0.0001)
send("01", 3, -0.25)
send("1", 3, 2)
found["negative"] = floats(1)[0]
send("01", 2, 0.5)

send("201", 0.4, 0.4, 0.1, 0.1, 0.01, 0.01, 0.0, 0.0, 2, 0, 0, 0, 2)
curves = []
for word, bit in [(1, 1), (2, 1)]:
    port.write(f"{word}\n{bit}\n".encode())
    curves.append([triples() for _ in range(2)])
found["curves"] = curves
send("191", 1.0, 0.0001, 0.0, -1.0, 0.0001, 0.0, 0.001, 1, 1, 3, 1)
port.write(b"1\n2\n")
found["endurance"] = triples()
send("141", 0.25, 0.25, 0.75, 0.0001, 100.0, 0.001, 0.01, 1.0, 0.0, 0, 7, 1, 1)
port.write(b"2\n2\n")
found["formFinder"] = triples()
send("220", 0.25, 0.1, 5, 1)
port.write(b"3\n1\n")
found["chronoamperometry"] = triples()
# write voltage, width, read voltage, words, bit, 1 = read, then the words
send("50", 1.0, 0.0001, 0.5, 2, 1, 1, 1, 3)
resistance, voltage, _ = floats(3)
found["summed_A"] = voltage / resistance
# nothing is left over
time.sleep(0.2)
found["left"] = port.in_waiting
print(json.dumps(found))
