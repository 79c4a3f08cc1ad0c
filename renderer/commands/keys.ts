import { useCommands } from "./commands.ts";

/** "Ctrl+Shift+K", "Esc", "Space", "?", "ArrowUp": how a key press is written in commands. */
export function nameKey(
  event: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): string {
  // a Mac's Option makes other letters of them: the place on the board says which was meant
  const place = event.altKey ? /^Key([A-Z])$/.exec(event.code)?.[1] : undefined;
  const key = place ?? (event.key === "Escape" ? "Esc" : event.key === " " ? "Space" : event.key);
  const single = key.length === 1;
  const parts: string[] = [];
  // the Mac's command key is everybody else's Ctrl
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  // the shift of "?" is part of the character
  if (event.shiftKey && (!single || /[a-z]/i.test(key))) parts.push("Shift");
  parts.push(single ? key.toUpperCase() : key);
  return parts.join("+");
}

/** For people: "Ctrl+K" stays, arrows become arrows. */
export function showKey(key: string): string {
  return key
    .replace("ArrowUp", "↑")
    .replace("ArrowDown", "↓")
    .replace("ArrowLeft", "←")
    .replace("ArrowRight", "→")
    .replace("Enter", "↵")
    .replaceAll("+", " ");
}

/** Whether the focus is where typing means text. */
export function inField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  return target instanceof HTMLInputElement && !["button", "checkbox", "radio", "range"].includes(target.type);
}

/**
 * Listens before anybody else does (capture), so that no field, dialog or editor can swallow the stop.
 * Space on a focused button presses that button and nothing else.
 */
export function listenForKeys(target: Window): () => void {
  const onKey = (event: KeyboardEvent) => {
    const name = nameKey(event);
    // the editor lives in a shadow root: the path, not the target, says where the focus is
    const focus = event.composedPath()[0] ?? event.target;
    if (event.defaultPrevented || (event.isComposing && name !== "Esc")) return;
    if (event.repeat && name !== "Esc" && !name.includes("Arrow")) return;
    for (const command of useCommands.getState().commands.values()) {
      if (!command.keys?.includes(name) || command.documentedOnly) continue;
      if (!command.inFields && inField(focus)) continue;
      if (
        (name === "Space" || name === "Enter") &&
        focus instanceof HTMLElement &&
        focus.closest("button, a, [role=tab], summary, input, [role=menuitem], [role=option]")
      )
        continue;
      if (command.refusal?.() !== undefined) continue;
      event.preventDefault();
      event.stopPropagation();
      command.run();
      return;
    }
  };
  target.addEventListener("keydown", onKey, { capture: true });
  return () => target.removeEventListener("keydown", onKey, { capture: true });
}
