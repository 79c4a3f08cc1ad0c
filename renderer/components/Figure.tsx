import { useEffect, useState } from "react";
import { onThemeChange } from "../theme/theme.ts";

/** Figures carry light and dark colours for the system's choice; the page's own choice goes before it. */
function inTheme(svg: string): string {
  const dark = document.documentElement.dataset["theme"] === "dark";
  return svg.replaceAll("@media screen and (prefers-color-scheme:dark)", dark ? "@media all" : "@media not all");
}

/**
 * SVG text as a picture. An image runs no script and reaches nothing, whatever the text holds: the only way in which
 * drawings (which carry names of instruments and files) enter the page.
 */
export function Figure({ svg, alt, width }: { svg: string; alt: string; width?: number | string }) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    let made = "";
    const show = () => {
      URL.revokeObjectURL(made);
      made = URL.createObjectURL(new Blob([inTheme(svg)], { type: "image/svg+xml" }));
      setAddress(made);
    };
    show();
    const stop = onThemeChange(show);
    return () => {
      stop();
      URL.revokeObjectURL(made);
    };
  }, [svg]);
  return address ? <img className="svg" src={address} alt={alt} style={{ width: width ?? "100%" }} /> : null;
}
