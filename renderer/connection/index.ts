import {
  type DesktopBridge,
  LAB_PATH,
  LAB_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from "../../core/labMessages/index.ts";
import { Connection } from "./connection.ts";
import { takeDesktopPort } from "./desktopPort.ts";
import { watchLateness } from "./lateness.ts";
import type { OpenLink } from "./link.ts";
import { portLink } from "./portLink.ts";
import { takeToken } from "./token.ts";
import { webSocketLink } from "./webSocketLink.ts";

declare global {
  interface Window {
    /** What Electron's preload gives to the page; absent in a browser. */
    readonly crosspore?: DesktopBridge;
  }
}

/** The one connection of this page. */
export const lab = new Connection({ open: chooseLink(), name: browserName(), late_ms: watchLateness() });

function chooseLink(): OpenLink {
  const { crosspore } = window;
  if (crosspore) return portLink(() => takeDesktopPort(crosspore));
  const token = takeToken();
  return webSocketLink(`ws://${location.host}${LAB_PATH}`, [
    LAB_SUBPROTOCOL,
    ...(token === undefined ? [] : [TOKEN_SUBPROTOCOL_PREFIX + token]),
  ]);
}

/** "Chrome 156", as other windows see this one. */
function browserName(): string {
  const known = /(Electron|Firefox|Edg|Chrome|Version)\/(\d+)/.exec(navigator.userAgent);
  return known ? `${known[1]?.replace("Version", "Safari")} ${known[2]}` : "browser";
}
