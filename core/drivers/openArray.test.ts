import { createServer } from "node:net";
import { expect, it } from "vitest";
import { identifyAt } from "./openArray.ts";
import { JumpingTimer, wallTimer } from "./timer.ts";

it("a line at another speed: noise without line ends is told from silence", async () => {
  const server = createServer((socket) => {
    // each question is answered, in bits that another speed made of it
    socket.on("data", () => void socket.write(Buffer.from([0xff, 0xfe, 0x80, 0x7f])));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  for (const driver of ["emstat-pico", "keithley-2400", "keithley-2600", "rodeostat"])
    await expect(identifyAt(`tcp:127.0.0.1:${port}?driver=${driver}`, wallTimer), driver).rejects.toThrow(
      /said \d+ bytes, none of them an answer to what it was asked \(3 times\): another speed, or another kind of instrument; .*nothing was driven/u,
    );
  server.close();
});

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
