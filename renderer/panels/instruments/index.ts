import { lab } from "../../connection/index.ts";
import { useLab } from "../../store/lab.ts";
import { currentArray } from "../../store/selection.ts";
import { sayError, useUi } from "../../store/ui.ts";
import { arrayRefusal } from "../map/arrayActions.ts";
import type { Panel } from "../panel.ts";
import { InstrumentsPanel } from "./InstrumentsPanel.tsx";

export const instrumentsPanel: Panel = {
  id: "instruments",
  title: "Instruments",
  letter: "I",
  about: "Arrays, real and emulated, and their safety",
  component: InstrumentsPanel,
  commands: [
    {
      id: "instruments.open",
      title: "Open an instrument or an emulated array…",
      group: "Instruments",
      keys: ["O"],
      refusal: () =>
        ["open", "silent"].includes(useLab.getState().connection.phase)
          ? undefined
          : "the lab service is not connected",
      run: () => useUi.getState().setOverlay("open-array"),
    },
    {
      id: "instruments.rearm",
      title: "Rearm the array after a trip",
      group: "Instruments",
      refusal: () => arrayRefusal() ?? (currentArray()?.state === "latched" ? undefined : "no trip has latched it"),
      run: () => {
        const array = currentArray();
        if (array) lab.ask("rearm", { array: array.array }).catch((error: unknown) => sayError(error, "Not rearmed"));
      },
    },
    {
      id: "instruments.safe",
      title: "Outputs of this array to 0 V",
      group: "Instruments",
      keys: ["0"],
      refusal: arrayRefusal,
      run: () => {
        const array = currentArray();
        if (array)
          lab
            .ask("make-safe", { array: array.array, how: "ramp" })
            .catch((error: unknown) => sayError(error, "Nobody knows whether it is safe"));
      },
    },
  ],
};
