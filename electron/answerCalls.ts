import type { IpcMainInvokeEvent } from "electron";
import type { ElectronApi } from "./api.ts";
import { type CallAnswer, type CallBody, type CallName, CALLS } from "./channels.ts";
import { isOwnPage } from "./security.ts";

export type CallHandlers = {
  readonly [N in CallName]: (body: CallBody<N>, event: IpcMainInvokeEvent) => Promise<CallAnswer<N>>;
};

/** Calls of one page per second. */
const MOST_PER_SECOND = 100;

/**
 * Answers the page's calls: of our own page's main frame alone, in the shape that is written down, not too often. What is
 * wrong is refused with a sentence and never reaches a handler.
 */
export function answerCalls({ ipcMain }: Pick<ElectronApi, "ipcMain">, handlers: CallHandlers): void {
  const counts = new Map<number, { second: number; count: number }>();
  const names = Object.keys(CALLS) as CallName[];
  for (const name of names)
    ipcMain.handle(name, async (event, body: unknown) => {
      const frame = event.senderFrame;
      if (!frame || frame.parent !== null || !isOwnPage(frame.url))
        throw new Error(`${name}: refused, not our page asks`);
      const second = Math.floor(performance.now() / 1000);
      const asked = counts.get(event.sender.id);
      const count = asked?.second === second ? asked.count + 1 : 1;
      counts.set(event.sender.id, { second, count });
      if (count > MOST_PER_SECOND) throw new Error(`${name}: refused, too many calls at once`);
      const read = CALLS[name].body.safeParse(body);
      if (!read.success) throw new Error(`${name}: refused, not what is expected`);
      const handle = handlers[name] as (body: unknown, event: IpcMainInvokeEvent) => Promise<unknown>;
      return CALLS[name].answer.parse(await handle(read.data, event));
    });
}
