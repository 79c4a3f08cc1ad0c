import type { ReactNode } from "react";
import "./notice.css";

/** Something went wrong or needs a hand: what happened, then what to do about it. */
export function Notice({
  kind = "error",
  title,
  children,
  remedy,
  actions,
}: {
  kind?: "error" | "warning" | "info";
  title: ReactNode;
  children?: ReactNode;
  /** What the reader can do. */
  remedy?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={`notice ${kind}`} role={kind === "info" ? "status" : "alert"}>
      <strong>{title}</strong>
      {children && <div>{children}</div>}
      {remedy && <div className="remedy">{remedy}</div>}
      {actions && <div className="actions">{actions}</div>}
    </div>
  );
}

/** A panel with nothing to show says why, and what would fill it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p>{title}</p>
      {children}
    </div>
  );
}
