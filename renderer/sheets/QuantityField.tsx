import { useId } from "react";
import { parseQuantity } from "../../core/units.ts";

/** A field for "1.2 V" or "100us"; what is wrong stands below it. */
export function QuantityField({
  label,
  unit,
  value,
  onChange,
  optional,
}: {
  label: string;
  unit: string;
  value: string;
  onChange: (value: string) => void;
  optional?: boolean;
}) {
  const id = useId();
  let problem: string | undefined;
  try {
    if (!(optional && value.trim() === "")) parseQuantity(value, unit);
  } catch (error) {
    problem = (error as Error).message;
  }
  return (
    <label className="field" htmlFor={id}>
      <span>{label}</span>
      <input
        id={id}
        className="figure"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        autoComplete="off"
        spellCheck={false}
      />
      <small id={`${id}-problem`} className="problem">
        {problem}
      </small>
    </label>
  );
}
