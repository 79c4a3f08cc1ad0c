import { createServer } from "node:net";
import { expect, it } from "vitest";
import { identifyAt } from "./openArray.ts";
import { JumpingTimer } from "./timer.ts";

it("a port that is silent: what was asked, what may be wrong, what the outputs do", async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  const asking = identifyAt(`tcp:127.0.0.1:${port}?driver=emstat-pico`, new JumpingTimer());
  await expect(asking).rejects.toThrow(/asked who it is, as emstat-pico: is it that model, and switched on\?/u);
  await expect(asking).rejects.toThrow(/nothing was driven, the outputs are as they were/u);
  server.close();
});
