import type { ArrayCard } from "../../../core/labMessages/index.ts";
import { Button } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import { plainText, quantity } from "../../components/quantity.ts";
import { SourceMark } from "../../components/SourceMark.tsx";
import { lab } from "../../connection/index.ts";
import { chooseArray, useCurrentArray } from "../../store/selection.ts";
import { say, sayError } from "../../store/ui.ts";

/** Lamps differ in shape and word, not in colour alone. */
const STATES: Readonly<
  Record<ArrayCard["state"], { readonly sign: string; readonly word: string; readonly tone: string }>
> = {
  idle: { sign: "●", word: "ready, outputs safe", tone: "ok" },
  running: { sign: "▶", word: "running", tone: "accent" },
  paused: { sign: "❚❚", word: "paused", tone: "warn" },
  stopping: { sign: "◼", word: "stopping", tone: "warn" },
  latched: { sign: "▲", word: "tripped, latched", tone: "stop" },
  vanished: { sign: "✕", word: "vanished", tone: "stop" },
  unsafe: { sign: "▲", word: "outputs unknown", tone: "stop" },
};

const OUTPUTS: Readonly<Record<ArrayCard["outputs"], string>> = {
  safe: "0 V, safe",
  driven: "driven",
  held: "held",
  unknown: "unknown",
};

export function InstrumentCard({ array }: { array: ArrayCard }) {
  const chosen = useCurrentArray()?.array === array.array;
  const { sign, word, tone } = STATES[array.state];
  const act = (what: string, promise: Promise<unknown>) =>
    void promise.catch((error: unknown) => sayError(error, what));
  const name = plainText(array.name, 60);
  return (
    <article
      className={`card ${array.simulated ? "emulated" : "measured"} ${chosen ? "chosen" : ""}`}
      aria-label={name}
    >
      <header>
        <button
          type="button"
          className="name"
          aria-pressed={chosen}
          title="Look at this array"
          onClick={() => chooseArray(array.array)}
        >
          {name}
        </button>
        <SourceMark source={array.simulated ? "emulated" : "measured"} />
      </header>
      <p className={`lamp ${tone}`}>
        <span aria-hidden="true">{sign}</span> {word}
      </p>
      {array.notice && array.state !== "latched" && (
        <Notice kind={tone === "stop" ? "error" : "warning"} title={plainText(array.notice, 600)} />
      )}
      {array.latch && (
        <Notice
          title={`${plainText(array.latch.quantity)} was ${plainText(array.latch.found)}, allowed is ${plainText(array.latch.allowed)}`}
          remedy={`At ${plainText(array.latch.where)}. Find out why before you rearm; the next run records that you did.`}
          actions={
            <Button look="primary" onPress={() => act("Not rearmed", lab.ask("rearm", { array: array.array }))}>
              Rearm
            </Button>
          }
        />
      )}
      <dl className="pairs">
        {array.identity && (
          <>
            <dt>{array.simulated ? "says it is" : "identity"}</dt>
            <dd>{plainText(`${array.identity.manufacturer} ${array.identity.model}`, 120)}</dd>
            <dt>serial</dt>
            <dd>{plainText(array.identity.serial || "–", 120)}</dd>
            <dt>firmware</dt>
            <dd>{plainText(array.identity.firmware || "–", 120)}</dd>
          </>
        )}
        {array.addresses.map((address) => (
          <Pair key={address} name="address" value={plainText(address, 120)} />
        ))}
        {array.model !== "" && <Pair name="junctions" value={plainText(array.model, 60)} />}
        <Pair name="array" value={`${array.grid.rows} × ${array.grid.columns}`} />
        <Pair name="outputs" value={OUTPUTS[array.outputs]} />
        <Pair name="time" value={quantity(array.time_s, "s", 4)} />
      </dl>
      <Envelope array={array} />
      <footer>
        <Button
          onPress={() =>
            act("Nobody knows whether it is safe", lab.ask("make-safe", { array: array.array, how: "ramp" }))
          }
        >
          To 0 V
        </Button>
        {array.addresses[0] !== undefined && (
          <Button
            title="Asks again who is at this address"
            onPress={() => act("Not identified", identify(array.addresses[0] as string))}
            disabled={array.state === "vanished" ? undefined : "it is open, and says who it is above"}
          >
            Identify
          </Button>
        )}
        {array.simulated && array.addresses.length === 0 && (
          <Button
            pressed={array.living}
            title="Reads itself in the background, so that volatile junctions can be watched"
            onPress={() => act("Not switched", lab.ask("set-living", { array: array.array, living: !array.living }))}
          >
            Living
          </Button>
        )}
        <Button
          onPress={() => act("Not closed", lab.ask("close-array", { array: array.array }))}
          disabled={array.job === null ? undefined : "a run has it: stop or abort the run first"}
        >
          Close
        </Button>
      </footer>
    </article>
  );
}

async function identify(address: string): Promise<void> {
  const { identity } = await lab.ask("identify", { address });
  say(
    "info",
    `${plainText(identity.manufacturer)} ${plainText(identity.model)} answers again: close the array and open it anew`,
  );
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** What may not be exceeded, as it is in force: the strictest of instrument, chip and what it was opened with. */
function Envelope({ array }: { array: ArrayCard }) {
  const { limits } = array;
  const finite: readonly (readonly [string, number, string])[] = [
    ["|voltage|", limits.voltage_V, "V"],
    ["|current|", limits.current_A, "A"],
    ["slew", limits.slew_V_s, "V/s"],
    ["charge", limits.charge_C, "C"],
    ["energy", limits.energy_J, "J"],
  ];
  return (
    <details open className="envelope">
      <summary>Safety envelope</summary>
      <dl className="pairs">
        {finite.map(([name, value, unit]) => (
          <Pair key={name} name={name} value={Number.isFinite(value) ? `≤ ${quantity(value, unit)}` : "no limit"} />
        ))}
        {Number.isFinite(limits.dwell_s) && (
          <Pair
            name={`time above ${quantity(limits.dwellAbove_V, "V")}`}
            value={`≤ ${quantity(limits.dwell_s, "s")}`}
          />
        )}
        {limits.duty < 1 && <Pair name="duty" value={`≤ ${quantity(limits.duty * 100, "")} %`} />}
        <Pair name="range" value={array.capabilities.voltageRange_V.map((end) => quantity(end, "V")).join(" … ")} />
        <Pair
          name="calibration"
          value={
            array.calibration
              ? plainText(`${array.calibration.identity}, ${array.calibration.date}`, 80)
              : array.simulated
                ? "not needed"
                : "none"
          }
        />
      </dl>
      <p className={array.safeOnSilence ? "" : "caution"}>
        {array.safeOnSilence
          ? "If this computer falls silent, the outputs go to 0 V by themselves."
          : "▲ If this computer falls silent, the outputs stay as they are: switch the instrument off by hand."}
      </p>
    </details>
  );
}
