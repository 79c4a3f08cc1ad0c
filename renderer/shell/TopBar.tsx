import { CommandButton } from "../components/Button.tsx";
import "./topBar.css";

export function TopBar() {
  return (
    <header className="top">
      <span className="brand">
        Cross<i>pore</i>
      </span>
      <span className="grow" />
      <CommandButton command="help.palette" look="quiet">
        Commands
      </CommandButton>
    </header>
  );
}
