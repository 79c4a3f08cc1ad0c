import { create } from "zustand";

/**
 * Everything a key, a button, a menu entry or the palette can do is one command: title, keys and condition stand in one
 * place, so that the key on a button, the help page and what the key does cannot disagree.
 */
export interface Command {
  /** "run.pause", unique. */
  readonly id: string;
  /** Sentence case, as the palette shows it. */
  readonly title: string;
  readonly group:
    | "Stops"
    | "Run"
    | "Array"
    | "View"
    | "Panels"
    | "Layout"
    | "Help"
    | "Instruments"
    | "Protocol"
    | "Runs";
  /** What else somebody may type who looks for it. */
  readonly also?: string;
  /** As keys.ts reads them: "Esc", "Space", "Ctrl+K", "?", "Shift+ArrowUp". The first one stands on the button. */
  readonly keys?: readonly string[];
  /** Works while a field has the focus. Only keys that no text needs. */
  readonly inFields?: boolean;
  /** Why it cannot be done now, shown beside the title; absent or undefined when it can. */
  readonly refusal?: () => string | undefined;
  /** Not in the palette: arrows and other keys that make sense only in place. */
  readonly hidden?: boolean;
  /** Key handling without running: the command's panel does it (arrows on the map); listed for the help. */
  readonly documentedOnly?: boolean;
  run(): void;
}

interface CommandState {
  readonly commands: ReadonlyMap<string, Command>;
}

export const useCommands = create<CommandState>(() => ({ commands: new Map() }));

/** Adds commands, replacing those with the same id; the answer takes them away again. */
export function registerCommands(added: readonly Command[]): () => void {
  const change = (edit: (commands: Map<string, Command>) => void) =>
    useCommands.setState(({ commands }) => {
      const next = new Map(commands);
      edit(next);
      return { commands: next };
    });
  change((commands) => {
    for (const command of added) commands.set(command.id, command);
  });
  return () =>
    change((commands) => {
      for (const command of added) if (commands.get(command.id) === command) commands.delete(command.id);
    });
}

/** Runs a command if it can be done now. @returns why it was not, or undefined */
export function runCommand(id: string): string | undefined {
  const command = useCommands.getState().commands.get(id);
  if (!command) return `no command "${id}" here`;
  const refusal = command.refusal?.();
  if (refusal === undefined) command.run();
  return refusal;
}
