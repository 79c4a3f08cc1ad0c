/** The messages between the lab service and its windows and scripts; README.md tells the order of a conversation. */
export * from "./arrays.ts";
export * from "./desktopBridge.ts";
export * from "./envelope.ts";
export * from "./errors.ts";
export * from "./frames.ts";
export * from "./labClient.ts";
export * from "./protocols.ts";
export * from "./queue.ts";
export * from "./runs.ts";
export * from "./session.ts";
