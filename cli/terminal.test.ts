import { expect, test, vi } from "vitest";
import { log } from "./terminal.ts";

test("what is logged cannot steer the terminal, whatever a file or an instrument is called", () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  log("a\u001b[31mred\u001b]0;title\u0007 \u009b2J\r\u202eevil\u2066\u0000 µA\tend\nnext");
  expect(written.mock.calls).toEqual([["a[31mred]0;title 2Jevil µA\tend\nnext\n"]]);
  written.mockRestore();
});
