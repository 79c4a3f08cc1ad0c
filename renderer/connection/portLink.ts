import type { OpenLink } from "./link.ts";

/** Electron's main process hands the page one end of a channel; binary messages are transferred, not copied. */
export function portLink(takePort: () => Promise<MessagePort>): OpenLink {
  return (listener) => {
    let port: MessagePort | undefined;
    let closed = false;
    const end = (code: number, reason: string) => {
      if (closed) return;
      closed = true;
      port?.close();
      listener.onClose(code, reason);
    };
    takePort().then(
      (taken) => {
        if (closed) return taken.close();
        port = taken;
        port.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
          if (typeof data === "string") listener.onText(data);
          else if (data instanceof ArrayBuffer) listener.onBinary(data);
        });
        port.addEventListener("close", () => end(1006, "the main process closed the channel"));
        port.start();
        listener.onOpen();
      },
      (error: unknown) => end(1006, String(error)),
    );
    return {
      send: (data) => port?.postMessage(data, typeof data === "string" ? [] : [data]),
      close: () => end(1000, ""),
      waiting_B: 0,
    };
  };
}
