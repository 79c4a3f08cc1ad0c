"""Drives a Keithley 2400 by PyMeasure over VISA, as its documentation does, and prints what it read as JSON.

usage: keithley2400.py RESOURCE, a VISA resource name: ASRL/dev/pts/3::INSTR or TCPIP0::127.0.0.1::5025::SOCKET
"""
import json
import sys

from pymeasure.adapters import VISAAdapter
from pymeasure.instruments.keithley import Keithley2400

resource = sys.argv[1]
ends = {"read_termination": "\n", "write_termination": "\n"} if "SOCKET" in resource else {}
k = Keithley2400(VISAAdapter(resource, visa_library="@py", timeout=10000, **ends))
found = {"id": k.id}

k.reset()
k.use_rear_terminals()
k.use_front_terminals()
k.apply_voltage(compliance_current=1e-3)
k.measure_current(nplc=0.1)
k.enable_source()
k.ramp_to_voltage(0.5, steps=5, pause=0.001)
found["current_A"] = k.current
found["source_voltage_V"] = k.source_voltage

k.config_buffer(5, 0)
k.start_buffer()
k.wait_for_buffer(timeout=10, interval=0.01)
found["buffer_A"] = list(k.buffer_data)
found["mean_A"] = k.means
k.disable_buffer()

k.set_trigger_counts(1, 1)
k.measure_resistance()
found["resistance_ohm"] = k.resistance
k.measure_voltage()
found["voltage_V"] = k.voltage
k.beep(440, 0.01)

k.disable_source()
k.apply_current(compliance_voltage=1)
# RvsI sets the time-out of an attribute that this version does not have
k.adapter.connection.timeout = 30000
k.connection = k.adapter
found["sweep"] = [[float(i), v] for i, v in k.RvsI(0, 1e-7, 5e-8, 1.0)]
found["compliance_V"] = k.compliance_voltage

# what the instrument refuses ends up in its queue, and PyMeasure finds it there
k.source_voltage = 300
found["error"] = list(k.error)
k.shutdown()
found["output"] = k.source_enabled
found["left"] = list(k.error)
print(json.dumps(found))
