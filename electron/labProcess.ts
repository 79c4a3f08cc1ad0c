import { z } from "zod";
import type { MessageEvent, MessagePortMain } from "electron";
import { describeFailure } from "../lab/refusal.ts";
import { attachPort } from "../lab/attachPort.ts";
import { announceLab, findLab, withdrawLab } from "../lab/labAddress.ts";
import { type RunningLab, startLab } from "../lab/startLab.ts";

/** From the main process to the service's. `connect` brings a port along. */
const commandSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("start"), runsFolder: z.string(), pageFolder: z.string() }),
  z.strictObject({ kind: z.literal("connect") }),
  z.strictObject({ kind: z.literal("stop") }),
]);
export type ServiceCommand = z.output<typeof commandSchema>;

const reportSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready"), url: z.string(), runsFolder: z.string() }),
  z.strictObject({ kind: z.literal("failed"), message: z.string() }),
  z.strictObject({ kind: z.literal("stopped") }),
]);
export type ServiceReport = z.output<typeof reportSchema>;

export function readReport(value: unknown): ServiceReport | undefined {
  return reportSchema.safeParse(value).data;
}

/** What a utility process has of its parent. */
export interface ParentPort {
  on(event: "message", listener: (event: MessageEvent) => void): unknown;
  postMessage(message: unknown): void;
}

/**
 * The lab service in a process of its own: ports, arrays and recorders go on whatever becomes of windows and of the main
 * process's menus. Scripts and browsers find it as they find `crosspore lab`.
 */
export function serveLab(parent: ParentPort): void {
  let running: Promise<RunningLab> | undefined;
  const say = (report: ServiceReport) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process has no origin
    parent.postMessage(report);
  };
  parent.on("message", ({ data, ports }) => {
    const command = commandSchema.safeParse(data).data;
    if (command?.kind === "start" && !running) {
      running = start(command);
      running.then(
        ({ lab, server }) => say({ kind: "ready", url: server.url, runsFolder: lab.options.runsFolder }),
        (error: unknown) => say({ kind: "failed", message: describeFailure(error).message }),
      );
    }
    const [port] = ports;
    if (command?.kind === "connect" && port) void running?.then(({ lab }) => attach(lab, port));
    if (command?.kind === "stop") void stop(running).finally(() => say({ kind: "stopped" }));
  });
}

async function start({ runsFolder, pageFolder }: { runsFolder: string; pageFolder: string }): Promise<RunningLab> {
  const other = findLab();
  if (typeof other === "object")
    throw new Error(
      `a lab runs already (process ${other.process.pid}); end it, or open http://127.0.0.1:${other.port} with its token`,
    );
  const running = await startLab({ runsFolder, pageFolder, port: 0, arrays: [], on: [], uncalibrated: false });
  const { port, token } = running.server;
  announceLab({ port, token, runsFolder: running.lab.options.runsFolder });
  return running;
}

async function stop(running: Promise<RunningLab> | undefined): Promise<void> {
  const lab = await running?.catch(() => undefined);
  await lab?.[Symbol.asyncDispose]();
  if (lab) withdrawLab();
}

function attach(lab: RunningLab["lab"], port: MessagePortMain): void {
  attachPort(lab, {
    post: (data) => port.postMessage(data),
    close: () => port.close(),
    onMessage: (listener) => port.on("message", ({ data }) => listener(data)),
    onClose: (listener) => port.on("close", listener),
  });
  port.start();
}
