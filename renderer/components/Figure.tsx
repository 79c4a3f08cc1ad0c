import { useEffect, useState } from "react";

/**
 * SVG text as a picture. An image runs no script and reaches nothing, whatever the text holds: the only way in which
 * drawings (which carry names of instruments and files) enter the page.
 */
export function Figure({ svg, alt, width }: { svg: string; alt: string; width?: number | string }) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [svg]);
  return address ? <img className="svg" src={address} alt={alt} style={{ width: width ?? "100%" }} /> : null;
}
