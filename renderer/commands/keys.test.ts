import { describe, expect, it } from "vitest";
import { nameKey } from "./keys.ts";

const press = (
  key: string,
  modifiers: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {},
  code = "",
) => nameKey({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers });

describe("names of keys", () => {
  it("are the ones that commands use", () => {
    expect(press("Escape")).toBe("Esc");
    expect(press(" ")).toBe("Space");
    expect(press("k", { ctrlKey: true })).toBe("Ctrl+K");
    expect(press("k", { metaKey: true })).toBe("Ctrl+K");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("ArrowUp", { shiftKey: true })).toBe("Shift+ArrowUp");
    expect(press("z", { altKey: true })).toBe("Alt+Z");
    expect(press("ß", { altKey: true }, "KeyS")).toBe("Alt+S");
    expect(press("g")).toBe("G");
  });
});
