import type { Panel } from "../panel.ts";
import { TablePanel } from "./TablePanel.tsx";

export const tablePanel: Panel = {
  id: "table",
  title: "Table",
  letter: "T",
  about: "The map as a table of figures",
  component: TablePanel,
};
