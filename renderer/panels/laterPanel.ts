import { type ComponentType, lazy } from "react";

/** A window without a map, or a service that does not answer, must not wait longer. */
const PATIENCE_ms = 1200;

let begin = () => {};
const begun = new Promise<void>((resolve) => (begin = resolve));
setTimeout(begin, PATIENCE_ms);
// whoever does something wants to see more than the array
for (const event of ["keydown", "pointerdown"]) window.addEventListener(event, () => begin(), { once: true });

/** The array is on the screen: panels that waited for it may load. */
export function mapIsDrawn(): void {
  begin();
}

/**
 * A panel whose code loads when it is first shown, and after the first picture of the array: on two busy cores the other panels
 * put that off by half a second.
 */
export function laterPanel(load: () => Promise<ComponentType>): ComponentType {
  return lazy(async () => {
    await begun;
    return { default: await load() };
  });
}
