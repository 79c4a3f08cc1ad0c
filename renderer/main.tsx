import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { listenForKeys } from "./commands/keys.ts";
import { lab } from "./connection/index.ts";
import { App } from "./shell/App.tsx";
import { followDesktop } from "./shell/desktop.ts";
import { registerRunCommands } from "./shell/runCommands.ts";
import { registerShellCommands } from "./shell/shellCommands.ts";
import { followLab } from "./store/lab.ts";
import { followRuns } from "./store/runs.ts";
import { followTheme } from "./theme/theme.ts";
import "./theme/tokens.css";
import "./theme/base.css";

followTheme();
registerRunCommands();
registerShellCommands();
listenForKeys(window);
followLab(lab);
followRuns();
lab.start();
followDesktop(window.crosspore);

const page = document.getElementById("page");
if (page)
  createRoot(page).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
