import type { MouseEvent, PointerEvent } from "react";
import { CommandButton } from "../components/Button.tsx";
import { clock, plainText, quantity } from "../components/quantity.ts";
import { liveJob, useLab } from "../store/lab.ts";
import { useCurrentArray, useSelection } from "../store/selection.ts";
import { panic } from "./runCommands.ts";
import "./topBar.css";

/** The stops are always here, in this corner, above every dialog. */
export function TopBar() {
  // disabled and enabled buttons follow the lab
  useLab((state) => state.jobs);
  useSelection((state) => state.arrayId);
  return (
    <header className="top">
      <span className="brand">
        Cross<i>pore</i>
      </span>
      <ServiceChip />
      <ArrayChip />
      <RunChip />
      <span className="grow" />
      <LimitsChip />
      <CommandButton command="help.palette" look="quiet">
        <span className="long">Commands</span>
      </CommandButton>
      <CommandButton command="protocol.run" look="primary">
        Run
      </CommandButton>
      <PauseButton />
      <CommandButton command="run.stop">Stop</CommandButton>
      <CommandButton command="run.abort">Abort</CommandButton>
      <button
        type="button"
        className="button panic"
        aria-keyshortcuts="Escape"
        title="Every output idle at once, on every array"
        onPointerDown={panicNow}
        onClick={panicByKey}
      >
        PANIC <kbd>Esc</kbd>
      </button>
    </header>
  );
}

/** At the press, not at the release: a mouse that slips off the button still stops. */
function panicNow(event: PointerEvent): void {
  if (event.button === 0) panic();
}

/** Enter and Space on the button, and what readers call a click; a mouse has been heard at its press. */
function panicByKey(event: MouseEvent): void {
  if (event.detail === 0) panic();
}

function ServiceChip() {
  const { phase } = useLab((state) => state.connection);
  const [tone, word] = {
    open: ["ok", "connected"],
    connecting: ["mute", "connecting"],
    silent: ["warn", "service silent"],
    lost: ["stop", "no service"],
    refused: ["stop", "refused"],
  }[phase] as [string, string];
  return (
    <span className={`chip ${phase === "open" ? "optional" : ""}`}>
      <span className={`dot ${tone}`} aria-hidden="true" />
      {word}
    </span>
  );
}

function ArrayChip() {
  const array = useCurrentArray();
  if (!array) return null;
  const size = `${array.grid.rows} × ${array.grid.columns}`;
  const name = plainText(array.name, 34);
  return array.simulated ? (
    <span className="chip sim" title={name}>
      SIMULATED <span className="long name">{name}</span> {size}
    </span>
  ) : (
    <span className="chip" title={name}>
      <span
        className={`dot ${array.state === "vanished" || array.state === "unsafe" ? "stop" : "ok"}`}
        aria-hidden="true"
      />
      <span className="name">{name}</span> {size}
    </span>
  );
}

/** What runs, how far it is, what is left. */
function RunChip() {
  const array = useCurrentArray();
  const job = useLab((state) => liveJob(state, array?.array) ?? liveJob(state));
  if (!job?.progress) return null;
  const { elapsed_s, plannedDuration_s, left_s, state } = job.progress;
  const share = plannedDuration_s > 0 ? Math.min(1, elapsed_s / plannedDuration_s) : 0;
  return (
    <span className="chip run" title={`${plainText(job.name)}: ${state}`}>
      <span className="name">{plainText(job.name, 40)}</span>
      <progress value={share} max={1} aria-label={`progress of ${plainText(job.name, 40)}`} />
      <output>
        {state === "running" || state === "starting" ? `${Math.round(share * 100)} %, ${clock(left_s)} left` : state}
      </output>
    </span>
  );
}

function LimitsChip() {
  const array = useCurrentArray();
  if (!array) return null;
  const { voltage_V, slew_V_s, current_A } = array.limits;
  const parts = [
    Number.isFinite(voltage_V) && `±${quantity(voltage_V, "V")}`,
    Number.isFinite(slew_V_s) && quantity(slew_V_s, "V/s"),
    Number.isFinite(current_A) && quantity(current_A, "A"),
  ].filter(Boolean);
  return (
    <span className="chip limits" title="The safety envelope in force; the instruments panel has all of it">
      limits <span className="figure">{parts.length > 0 ? parts.join(" · ") : "none"}</span>
    </span>
  );
}

function PauseButton() {
  const array = useCurrentArray();
  const state = useLab((lab) => (liveJob(lab, array?.array) ?? liveJob(lab))?.progress?.state);
  return (
    <CommandButton command="run.pause">{state === "paused" || state === "pausing" ? "Go on" : "Pause"}</CommandButton>
  );
}
