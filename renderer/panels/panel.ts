import type { ComponentType } from "react";
import type { Command } from "../commands/commands.ts";

/** One panel of the window: a folder in panels/ and a line in panels/index.ts. */
export interface Panel {
  /** Folder name; layouts are saved by it, so it never changes. */
  readonly id: string;
  readonly title: string;
  /** One letter for places too small for the title. */
  readonly letter: string;
  /** What it is for, in the palette and in the help. */
  readonly about: string;
  /** Fills its parent; scrolls inside. Loaded when first shown if it is made by laterPanel. */
  readonly component: ComponentType;
  /** Commands that work while the page is open, whether or not the panel is shown. */
  readonly commands?: readonly Command[];
}
