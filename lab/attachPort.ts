import type { LabService } from "./labService.ts";

/** One end of a channel between processes or threads: Node's MessagePort, or Electron's with `data` taken out of its events. */
export interface ChannelEnd {
  post(data: string | ArrayBuffer): void;
  close(): void;
  onMessage(listener: (data: unknown) => void): void;
  onClose(listener: () => void): void;
}

/** Lets the other end of a channel be a client of the lab; whoever has the channel needs no token. */
export function attachPort(lab: LabService, end: ChannelEnd): void {
  let closed = false;
  const client = lab.connect({
    send: (data) => {
      if (!closed) end.post(data);
    },
    // a channel does not say what waits in it; acknowledgements hold frames back
    backlog_bytes: 0,
    close: () => {
      closed = true;
      end.close();
    },
  });
  end.onMessage((data) => client.take(typeof data === "string" ? data : ""));
  end.onClose(() => {
    closed = true;
    client.end(false);
  });
}
