/** What carries messages: text for everything that people read, binary for samples and maps. Order is kept, nothing is lost until it closes. */
export interface Link {
  send(data: string | ArrayBuffer): void;
  close(): void;
  /** Bytes handed over but not yet sent; 0 where the carrier does not say. */
  readonly waiting_B: number;
}

export interface LinkListener {
  onOpen(): void;
  onText(text: string): void;
  onBinary(data: ArrayBuffer): void;
  /** Once, also when it never opened. `code` as in WebSocket close frames (1006: no goodbye). */
  onClose(code: number, reason: string): void;
}

/** Begins to open; called anew for each attempt. */
export type OpenLink = (listener: LinkListener) => Link;
