import { type DesktopBridge, LAB_PORT_MESSAGE } from "../../core/labMessages/index.ts";

/** Asks the desktop app for a channel to the lab; the port comes as a message of this window to itself. */
export function takeDesktopPort(bridge: DesktopBridge): Promise<MessagePort> {
  return new Promise((resolve, reject) => {
    const take = ({ source, data, ports }: MessageEvent) => {
      const [port] = ports;
      if (source !== window || data !== LAB_PORT_MESSAGE || !port) return;
      window.removeEventListener("message", take);
      resolve(port);
    };
    window.addEventListener("message", take);
    bridge.requestLab().catch((error: unknown) => {
      window.removeEventListener("message", take);
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}
