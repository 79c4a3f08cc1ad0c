import { type ReactNode, useEffect, useRef } from "react";

/**
 * Something in front of the page. The keyboard stays inside and returns where it was. Esc stays the stop: the shell
 * closes overlays when it is pressed, and panics all the same.
 */
export function Overlay({
  label,
  onClose,
  className = "",
  children,
}: {
  label: string;
  onClose: () => void;
  className?: string;
  children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    if (!box.current?.contains(before))
      (box.current?.querySelector<HTMLElement>("input, button") ?? box.current)?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <div className="overlay" onMouseDown={(event) => event.target === event.currentTarget && onClose()}>
      <div
        className={`sheet ${className}`}
        role="dialog"
        aria-modal="true"
        aria-label={label}
        ref={box}
        tabIndex={-1}
        onKeyDown={(event) => {
          if (event.key === "Tab") keepInside(event.nativeEvent, box.current);
        }}
      >
        {children}
      </div>
    </div>
  );
}

function keepInside(event: KeyboardEvent, box: HTMLElement | null): void {
  const stops = [
    ...(box?.querySelectorAll<HTMLElement>("button, input, select, textarea, a[href], [tabindex='0']") ?? []),
  ].filter((element) => element.offsetParent !== null);
  const [first, last] = [stops[0], stops.at(-1)];
  if (!first || !last) return;
  if (event.shiftKey && document.activeElement === first) last.focus();
  else if (!event.shiftKey && document.activeElement === last) first.focus();
  else return;
  event.preventDefault();
}
