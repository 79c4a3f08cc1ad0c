import "./sourceMark.css";

export type Source = "emulated" | "measured";

/** Where numbers come from, in words, colour and line: emulated is purple, dashed and says SIMULATED, always. */
export function SourceMark({ source }: { source: Source }) {
  return source === "emulated" ? (
    <span className="source emulated">SIMULATED</span>
  ) : (
    <span className="source measured">measured</span>
  );
}
