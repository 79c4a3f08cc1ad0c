/** Something that a client watches: frames at its own pace, held back until earlier ones have been drawn. */
export interface LabStream {
  acknowledge(sequence: number): void;
  /** Sends what is due, if the client can take it. */
  flush(): void;
  close(): void;
}

/** Where frames go. */
export type SendFrame = (frame: ArrayBuffer) => void;
