import { expect, it } from "vitest";
import { CrossporeError } from "../errors.ts";
import { DRIVERS } from "./registry.ts";
import { JumpingTimer } from "./timer.ts";
import { connectPipe } from "./transports/pipe.ts";

it.each(DRIVERS.map((driver) => [driver.name, driver] as const))(
  "%s refuses an option that it has not, by its name and before it says a word",
  async (_, driver) => {
    const [host, device] = connectPipe(driver.name);
    let heard = 0;
    device.listen({ bytes: (chunk) => void (heard += chunk.length), closed: () => {} });
    const opened = (async () =>
      driver.open(host, { timer: new JumpingTimer(), options: new Map([["nonsense", "1"]]), nonce: 1 }))();
    await expect(opened).rejects.toBeInstanceOf(CrossporeError);
    await expect(opened).rejects.toThrow(/nonsense/);
    expect(heard).toBe(0);
  },
);
