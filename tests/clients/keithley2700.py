"""Drives a Keithley 2700 by PyMeasure's classes for the 2700 and the 2750 over VISA, and prints what it read as JSON.

usage: keithley2700.py RESOURCE, a VISA resource name
"""
import json
import sys

from pymeasure.adapters import VISAAdapter
from pymeasure.instruments.keithley import Keithley2700, Keithley2750

resource = sys.argv[1]
ends = {"read_termination": "\r\n", "write_termination": "\n"}
adapter = VISAAdapter(resource, visa_library="@py", timeout=5000, **ends)
k = Keithley2700(adapter)
found = {"id": k.id, "cards": k.cards, "channels": len(k.CLIST_VALUES)}

k.reset()
k.close_rows_to_columns([1, 2], [3, 5], 1)
found["closed"] = k.closed_channels
found["states"] = k.get_state_of_channels([103, 104, 113])
k.display_closed_channels()
found["shown"] = [k.text_enabled, k.display_text]
k.open_rows_to_columns([2], [5], 1)
found["left"] = k.closed_channels
k.beep(440, 0.1)
# a channel of the card that is no crosspoint of the matrix
k.closed_channels = [149]
found["backplane"] = k.closed_channels
k.open_all_channels()
found["opened"] = k.closed_channels
k.write("ROUTe:MULTiple:CLOSe (@777)")
found["error"] = list(k.error)

other = Keithley2750(adapter)
other.close(101)
other.close(203)
found["list"] = other.closed_channels
other.open(101)
found["rest"] = other.closed_channels
other.open_all()
found["none"] = other.closed_channels
found["noError"] = list(k.error)
print(json.dumps(found))
