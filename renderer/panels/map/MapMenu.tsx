import { useEffect, useRef } from "react";
import type { ArrayCard } from "../../../core/labMessages/index.ts";
import { runCommand, useCommands } from "../../commands/commands.ts";
import { showKey } from "../../commands/keys.ts";
import { useSelection } from "../../store/selection.ts";

const ITEMS = [
  ["array.read", "array.pulse"],
  ["array.compare", "array.note", "array.copy"],
  ["array.row", "array.column"],
  ["array.mask", "array.target", "array.mark"],
] as const;

/** The right-click menu: commands of the selection. Arrows move, Enter takes, Tab or a click elsewhere closes. */
export function MapMenu({ x, y, array, onClose }: { x: number; y: number; array: ArrayCard; onClose: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const { cursor, count } = useSelection();
  const commands = useCommands((state) => state.commands);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.querySelector<HTMLElement>("button")?.focus();
    const away = (event: MouseEvent) => !box.current?.contains(event.target as Node) && onClose();
    window.addEventListener("pointerdown", away, { capture: true });
    window.addEventListener("blur", onClose);
    return () => {
      window.removeEventListener("pointerdown", away, { capture: true });
      window.removeEventListener("blur", onClose);
      if (before instanceof HTMLElement && document.activeElement === document.body)
        before.focus({ preventScroll: true });
    };
  }, [onClose]);
  // a menu at the edge opens to the other side
  const style = { left: Math.min(x, window.innerWidth - 250), top: Math.min(y, window.innerHeight - 330) };
  const move = (step: number) => {
    const buttons = [...(box.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const k = buttons.indexOf(document.activeElement as HTMLElement);
    buttons[(k + step + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div
      className="menu"
      role="menu"
      aria-label="junctions"
      ref={box}
      style={style}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown") move(1);
        else if (event.key === "ArrowUp") move(-1);
        else if (event.key === "Tab") onClose();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <p>
        {count > 1
          ? `${count} junctions of ${array.grid.rows * array.grid.columns}`
          : cursor
            ? `r${cursor.row} c${cursor.column}`
            : "No junction"}
      </p>
      {ITEMS.map((group, k) => (
        <div key={group[0]} role="group">
          {k > 0 && <hr />}
          {group.map((id) => {
            const command = commands.get(id);
            if (!command) return null;
            const refusal = command.refusal?.();
            return (
              <button
                key={id}
                type="button"
                role="menuitem"
                aria-disabled={refusal !== undefined}
                title={refusal}
                onClick={() => {
                  onClose();
                  runCommand(id);
                }}
              >
                {command.title}
                <span>{command.keys?.[0] && <kbd>{showKey(command.keys[0])}</kbd>}</span>
              </button>
            );
          })}
        </div>
      ))}
    </div>
  );
}
