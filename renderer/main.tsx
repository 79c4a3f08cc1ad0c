import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { z } from "zod";
import { listenForKeys } from "./commands/keys.ts";
import { lab } from "./connection/index.ts";
import { App } from "./shell/App.tsx";
import { registerShellCommands } from "./shell/shellCommands.ts";
import { followLab } from "./store/lab.ts";
import { followTheme } from "./theme/theme.ts";
import "./theme/tokens.css";
import "./theme/base.css";

// the page's policy allows no code made from text
z.config({ jitless: true });

followTheme();
registerShellCommands();
listenForKeys(window);
followLab(lab);
lab.start();

const page = document.getElementById("page");
if (page)
  createRoot(page).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
