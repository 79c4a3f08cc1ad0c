import { runCommand } from "./commands.ts";

/** Brings a panel to the front, opening it where it is closed. Panels use this: the dock itself knows every panel. */
export function showPanel(id: string): void {
  runCommand(`panel.${id}`);
}
