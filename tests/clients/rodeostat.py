"""Drives a Rodeostat over pyserial, message by message as the makers' library does, and prints what it read as JSON. It shares no
code with Crosspore.

usage: rodeostat.py PORT
"""
import json
import sys

import serial

# hardly any time for an answer, none for the reset that opening the port causes on other boards
port = serial.Serial(port=sys.argv[1], baudrate=115200, timeout=2)
while port.in_waiting > 0:
    port.read()


def read():
    line = port.readline()
    if not line.endswith(b"\r\n"):
        raise SystemExit(f"no line within two seconds, only {line!r}")
    return json.loads(line.strip().decode())


def ask(command, **values):
    """The answer; what the instrument refuses, and what answers something else, is an error."""
    message = {"command": command, **values}
    text = json.dumps(message) + "\n"
    # a fault of the USB stack of one variant
    port.write((" " + text if len(text) % 64 == 0 else text).encode())
    answer = read()
    if not answer["success"]:
        raise OSError(answer["message"])
    response = answer["response"]
    for key in ("command", "test"):
        if key in message and response[key] != message[key]:
            raise SystemExit(f"{response} answers {message}")
    return response


def refusal(command, **values):
    try:
        return ask(command, **values)
    except OSError as error:
        return str(error)


def samples():
    found = []
    while True:
        sample = read()
        if not sample:
            return found
        found.append(sample)


def run(test, param):
    ask("setParam", test=test, param=param)
    kept = ask("getParam", test=test)["param"]
    done_ms = ask("getTestDoneTime", test=test)["testDoneTime"]
    ask("runTest", test=test)
    taken = samples()
    return {
        "kept": all(kept[key] == value for key, value in json.loads(json.dumps(param)).items()),
        "done_ms": done_ms,
        "samples": [[one["t"], one["v"], one["i"]] for one in taken],
    }


found = {}
found["variant"] = ask("getVariant")["variant"]
found["firmware"] = ask("getVersion")["version"]
found["names"] = ask("getTestNames")["testNames"]
ask("setDeviceId", deviceId=7)
found["id"] = ask("getDeviceId")["deviceId"]
found["volt"] = ask("setVolt", v=0.25)["v"]
found["voltBack"] = ask("getVolt")["v"]
found["current"] = ask("getCurr")["i"]
found["reference"] = "r" in ask("getRefVolt")
ask("setVolt", v=0)
for name in ("1V", "2V", "5V", "10V"):
    ask("setVoltRange", voltRange=name)
    if ask("getVoltRange")["voltRange"] != name:
        raise SystemExit(f"the range is not {name}")
ask("setCurrRange", currRange="100uA")
found["range"] = ask("getCurrRange")["currRange"]
ask("setSamplePeriod", samplePeriod=20)
found["period_ms"] = ask("getSamplePeriod")["samplePeriod"]

quiet = {"quietValue": 0.0, "quietTime": 200}
found["constant"] = run("constant", {**quiet, "value": 0.5, "duration": 1000})
found["cyclic"] = run("cyclic", {**quiet, "amplitude": 0.5, "offset": 0.0, "period": 1000, "numCycles": 2, "shift": 0.0})
found["sinusoid"] = run("sinusoid", {**quiet, "amplitude": 0.5, "offset": 0.0, "period": 1000, "numCycles": 2, "shift": 0.0})
found["linearSweep"] = run("linearSweep", {"quietValue": 0.0, "quietTime": 0, "startValue": -0.5, "finalValue": 0.5, "duration": 1000})
found["multiStep"] = run("multiStep", {**quiet, "step": [(250, round(0.1 * (k + 1), 5)) for k in range(4)]})
found["chronoamp"] = run("chronoamp", {**quiet, "step": [(500, -0.25), (500, 0.5)]})
found["squareWave"] = run(
    "squareWave",
    {**quiet, "amplitude": 0.05, "startValue": -0.2, "finalValue": 0.2, "stepValue": 0.05, "window": 0.2},
)

ask("setMuxEnabled", muxEnabled=True)
ask("setEnabledMuxChannels", muxChannel=[1, 3])
found["channels"] = ask("getEnabledMuxChannels")["muxChannel"]
ask("setParam", test="constant", param={**quiet, "value": 0.5, "duration": 400})
ask("runTest", test="constant")
found["multiplexed"] = [[one["n"], one["i"]] for one in samples() if one["v"] > 0.4]
ask("setMuxEnabled", muxEnabled=False)

# stopped in the middle: the answer, what was still to come, the end
ask("setParam", test="constant", param={**quiet, "value": 0.5, "duration": 1000000})
ask("runTest", test="constant")
seen = [read() for _ in range(3)]
port.write(b'{"command": "stopTest"}\n')
rest = samples()
found["stopped"] = [one["response"]["command"] for one in rest if "success" in one]
found["unknownTest"] = refusal("getParam", test="nothing")
found["unknownCommand"] = refusal("nothing")
found["tooFast"] = refusal("setSamplePeriod", samplePeriod=0)
found["tooSlow"] = refusal("setSamplePeriod", samplePeriod=5000)
port.write(b"{nonsense\n")
found["nonsense"] = read()["message"]
port.write(b"{}\n")
found["nothing"] = read()["message"]
found["quiet"] = port.in_waiting
print(json.dumps(found))
