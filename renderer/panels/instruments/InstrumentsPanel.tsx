import type { ArrayCard } from "../../../core/labMessages/index.ts";
import { CommandButton } from "../../components/Button.tsx";
import { Empty } from "../../components/Notice.tsx";
import { useLab } from "../../store/lab.ts";
import { InstrumentCard } from "./InstrumentCard.tsx";
import "./instruments.css";

/** Measured and emulated arrays side by side, the same card for both: only its mark and its line tell them apart. */
export function InstrumentsPanel() {
  const arrays = useLab((state) => state.arrays);
  const measured = arrays.filter((array) => !array.simulated);
  const emulated = arrays.filter((array) => array.simulated);
  return (
    <div className="panel instruments">
      <div className="body">
        <div className="sides">
          <Side title="Measured" arrays={measured} nothing="No instrument is open." />
          <Side title="Emulated" arrays={emulated} nothing="No emulated array is open." />
        </div>
      </div>
      <div className="bar foot">
        <CommandButton command="instruments.open">Open…</CommandButton>
      </div>
    </div>
  );
}

function Side({ title, arrays, nothing }: { title: string; arrays: readonly ArrayCard[]; nothing: string }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {arrays.length === 0 && <Empty title={nothing} />}
      {arrays.map((array) => (
        <InstrumentCard key={array.array} array={array} />
      ))}
    </section>
  );
}
