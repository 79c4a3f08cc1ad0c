import { useEffect } from "react";
import { Button } from "../components/Button.tsx";
import { findPanel } from "../panels/index.ts";
import { recall } from "../store/persist.ts";
import { useLab } from "../store/lab.ts";
import { useUi } from "../store/ui.ts";
import { showPanel } from "./dock.ts";

const STEPS: readonly { readonly panel: string | undefined; readonly title: string; readonly text: string }[] = [
  {
    panel: "map",
    title: "This array is alive",
    text: "Its junctions change as they are driven, and fade; the map follows. Everything emulated is purple, dashed and says SIMULATED. Click a junction, drag over some, click a row's name for all of it; arrow keys work too.",
  },
  {
    panel: "instruments",
    title: "Real and emulated, side by side",
    text: "The same card for a potentiostat and for a model of one: who it is, what it may do, what happens if this computer falls silent. Open adds an instrument at a port.",
  },
  {
    panel: "protocol",
    title: "A protocol is ready",
    text: "As a form or as YAML, with its waveform and a dry run against the limits in force. Run sends it to the array that you look at; every run leaves a folder that can be repeated bit by bit.",
  },
  {
    panel: "traces",
    title: "Watch it",
    text: "Voltage, current and conductance as they come, least and largest per pixel. The recorder keeps every sample, whatever this page is able to draw.",
  },
  {
    panel: "analysis",
    title: "The result",
    text: "Loops, plasticity, pairs, spectra with their fits, as soon as the run has ended. The runs panel finds it again and replays it.",
  },
  {
    panel: undefined,
    title: "Stop it safely",
    text: "PANIC is always in the upper right corner, and Esc does the same from anywhere, even from a text field: every output idles at once. Abort ramps to 0 V, Stop finishes the cell, Space pauses. ? shows every key.",
  },
];

/** A first walk, above the panels and never over them: everything stays usable. Begins by itself once, then from the palette. */
export function Tour() {
  const { tour, setTour } = useUi();
  const greeted = useLab((state) => state.connection.welcome !== undefined);
  useEffect(() => {
    if (greeted && recall("toured") !== true) setTour(0);
  }, [greeted, setTour]);
  const steps = STEPS.filter(({ panel }) => panel === undefined || findPanel(panel));
  const step = tour === undefined ? undefined : steps[tour];
  useEffect(() => {
    if (!step?.panel) return;
    const focus = document.activeElement as HTMLElement | null;
    showPanel(step.panel);
    // the walk shows, it does not take the keyboard
    requestAnimationFrame(() => requestAnimationFrame(() => focus?.focus({ preventScroll: true })));
    const element = document.querySelector<HTMLElement>(`[data-panel="${step.panel}"]`);
    element?.setAttribute("data-toured", "true");
    return () => element?.removeAttribute("data-toured");
  }, [step]);
  if (!step || tour === undefined) return null;
  return (
    <aside className="tour" aria-label="tour">
      <p>
        <strong>{step.title}</strong> <span className="mute">{`${tour + 1} of ${steps.length} · `}</span>
        {step.text}
      </p>
      <div className="actions">
        <Button look="quiet" onPress={() => setTour(undefined)}>
          Enough
        </Button>
        {tour > 0 && <Button onPress={() => setTour(tour - 1)}>Back</Button>}
        {tour + 1 < steps.length ? (
          <Button look="primary" onPress={() => setTour(tour + 1)}>
            Next
          </Button>
        ) : (
          <Button look="primary" onPress={() => setTour(undefined)}>
            Done
          </Button>
        )}
      </div>
    </aside>
  );
}
