import { useEffect, useMemo, useRef, useState } from "react";
import { type Command, runCommand, useCommands } from "../commands/commands.ts";
import { showKey } from "../commands/keys.ts";
import { useUi } from "../store/ui.ts";
import { matchCommands } from "./matchCommands.ts";
import { Overlay } from "./Overlay.tsx";

/** Ctrl+K: everything the window can do, by typing a few letters of it. */
export function Palette() {
  const commands = useCommands((state) => state.commands);
  const close = () => useUi.getState().setOverlay(undefined);
  const [typed, setTyped] = useState("");
  const [place, setPlace] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const found = useMemo(() => matchCommands([...commands.values()], typed), [commands, typed]);
  const chosen = found[Math.min(place, found.length - 1)];
  useEffect(() => {
    // of late it answers with a promise, which an effect must not
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const take = (command: Command) => {
    if (command.refusal?.() !== undefined) return;
    close();
    runCommand(command.id);
  };
  return (
    <Overlay label="Commands" onClose={close} className="palette">
      <input
        autoFocus
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setPlace(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setPlace(Math.min(found.length - 1, place + 1));
          else if (event.key === "ArrowUp") setPlace(Math.max(0, place - 1));
          else if (event.key === "Enter") {
            if (chosen) take(chosen);
          } else return;
          event.preventDefault();
        }}
        placeholder="What to do: type a few letters"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={chosen && `palette-${chosen.id}`}
        aria-label="Command"
      />
      <ul id="palette-list" role="listbox" ref={list} aria-label="Commands found">
        {found.map((command) => {
          const refusal = command.refusal?.();
          return (
            <li
              key={command.id}
              id={`palette-${command.id}`}
              role="option"
              aria-selected={command === chosen}
              aria-disabled={refusal !== undefined}
              onClick={() => take(command)}
              onMouseMove={() => setPlace(found.indexOf(command))}
            >
              <span className="mute group">{command.group}</span>
              <span>
                {command.title}
                {refusal !== undefined && <small className="mute"> · {refusal}</small>}
              </span>
              <span>
                {command.keys?.map((key) => (
                  <kbd key={key}>{showKey(key)}</kbd>
                ))}
              </span>
            </li>
          );
        })}
        {found.length === 0 && <li className="mute nothing">Nothing is called like that.</li>}
      </ul>
    </Overlay>
  );
}
