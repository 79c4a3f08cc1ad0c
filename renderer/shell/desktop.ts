import type { DesktopBridge, DesktopCommand, DesktopFile } from "../../core/labMessages/index.ts";
import { runCommand } from "../commands/commands.ts";
import { sayError } from "../store/ui.ts";
import { showPanel } from "./dock.ts";

/** Heavy, and wanted only when a file is. */
const editor = () => import("../panels/protocol/document.ts");

const COMMANDS: Readonly<Record<DesktopCommand, string | ((bridge: DesktopBridge) => void)>> = {
  palette: "help.palette",
  keys: "help.keys",
  tour: "help.tour",
  "new-protocol": "protocol.library",
  "open-file": (bridge) => void openFile(bridge),
  "save-file": (bridge) => void saveFile(bridge),
};

/** The file that was opened or saved last: saving writes it again without asking. */
let latest: Pick<DesktopFile, "handle" | "name"> | undefined;

/** Native menus and files of the desktop app; in a browser there is no bridge and nothing to follow. */
export function followDesktop(bridge: DesktopBridge | undefined): void {
  bridge?.onCommand((command) => {
    const action = COMMANDS[command];
    if (typeof action === "string") runCommand(action);
    else action(bridge);
  });
  bridge?.onFile((file) => void take(file));
}

async function openFile(bridge: DesktopBridge): Promise<void> {
  try {
    const file = await bridge.openFile();
    if (file) await take(file);
  } catch (error) {
    sayError(error, "Not opened");
  }
}

async function take({ handle, name, text }: DesktopFile): Promise<void> {
  latest = { handle, name };
  (await editor()).openText(text, name);
  showPanel("protocol");
}

async function saveFile(bridge: DesktopBridge): Promise<void> {
  try {
    const { text, file } = (await editor()).useDocument.getState();
    // the text of another file than the one that was opened must not overwrite it
    const handle = latest?.name === file ? latest.handle : null;
    latest = (await bridge.saveFile({ handle, name: file, text })) ?? latest;
  } catch (error) {
    sayError(error, "Not saved");
  }
}
