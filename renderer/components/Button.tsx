import type { ReactNode } from "react";
import { runCommand, useCommands } from "../commands/commands.ts";
import { showKey } from "../commands/keys.ts";
import "./button.css";

interface Look {
  readonly look?: "plain" | "primary" | "panic" | "quiet" | undefined;
}

/** A button that runs a command and shows its key. When the command cannot be done, hovering says why. */
export function CommandButton({
  command: id,
  children,
  look = "plain",
}: Look & { command: string; children?: ReactNode }) {
  const command = useCommands((state) => state.commands.get(id));
  if (!command) return null;
  const refusal = command.refusal?.();
  const key = command.keys?.[0];
  return (
    <button
      type="button"
      className={`button ${look}`}
      aria-disabled={refusal !== undefined}
      aria-keyshortcuts={key?.replace("Ctrl", "Control").replace("Esc", "Escape")}
      title={refusal ?? command.title}
      onClick={() => void runCommand(id)}
    >
      {children ?? command.title}
      {key && (
        <>
          {" "}
          <kbd>{showKey(key)}</kbd>
        </>
      )}
    </button>
  );
}

export function Button({
  onPress,
  children,
  look = "plain",
  pressed,
  disabled,
  title,
  label,
}: Look & {
  onPress: () => void;
  children: ReactNode;
  pressed?: boolean;
  /** Why not, shown on hover; undefined when it can be pressed. */
  disabled?: string | undefined;
  title?: string;
  /** For readers, where the children are a mere sign. */
  label?: string;
}) {
  return (
    <button
      type="button"
      className={`button ${look}`}
      aria-pressed={pressed}
      aria-label={label}
      aria-disabled={disabled !== undefined}
      title={disabled ?? title}
      onClick={() => disabled === undefined && onPress()}
    >
      {children}
    </button>
  );
}

/** A row of choices of which one holds. Arrow keys move, as in any radio group. */
export function Choice<T extends string>({
  value,
  options,
  onChoose,
  label,
}: {
  value: T;
  options: readonly {
    readonly value: T;
    readonly text: ReactNode;
    readonly title?: string;
    readonly disabled?: boolean;
  }[];
  onChoose: (value: T) => void;
  label: string;
}) {
  const move = (step: number) => {
    const free = options.filter((option) => !option.disabled);
    const k = free.findIndex((option) => option.value === value);
    const next = free[(k + step + free.length) % free.length];
    if (next) onChoose(next.value);
  };
  return (
    <div
      className="choice"
      role="radiogroup"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight" || event.key === "ArrowDown") move(1);
        else if (event.key === "ArrowLeft" || event.key === "ArrowUp") move(-1);
        else return;
        event.preventDefault();
        event.stopPropagation();
        requestAnimationFrame(() =>
          (event.target as HTMLElement).parentElement?.querySelector<HTMLElement>("[aria-checked=true]")?.focus(),
        );
      }}
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          title={option.title}
          aria-disabled={option.disabled}
          onClick={() => !option.disabled && onChoose(option.value)}
        >
          {option.text}
        </button>
      ))}
    </div>
  );
}
