import type { OpenLink } from "./link.ts";

/** @param address of the service's socket, e.g. "ws://127.0.0.1:8517/socket" */
export function webSocketLink(address: string, protocols: readonly string[]): OpenLink {
  return (listener) => {
    const socket = new WebSocket(address, [...protocols]);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => listener.onOpen());
    socket.addEventListener("message", ({ data }: MessageEvent<string | ArrayBuffer>) =>
      typeof data === "string" ? listener.onText(data) : listener.onBinary(data),
    );
    socket.addEventListener("close", ({ code, reason }) => listener.onClose(code, reason));
    return {
      send: (data) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(data);
      },
      close: () => socket.close(1000),
      get waiting_B() {
        return socket.bufferedAmount;
      },
    };
  };
}
