import { useEffect, useState } from "react";
import type { Job } from "../../core/labMessages/index.ts";
import { useLab } from "../store/lab.ts";

/** How runs end, for people who do not see the page: assertive, because an abort is nothing to wait for. */
export function Announcer() {
  const [text, setText] = useState("");
  useEffect(
    () =>
      useLab.subscribe((now, before) => {
        for (const job of now.jobs) {
          const earlier = before.jobs.find((other) => other.job === job.job);
          if (earlier && earlier.state !== job.state && ENDS[job.state])
            setText(`${job.name} ${ENDS[job.state]}. ${job.reason}`);
        }
      }),
    [],
  );
  return (
    <div className="unseen" role="alert" aria-live="assertive">
      {text}
    </div>
  );
}

const ENDS: Partial<Record<Job["state"], string>> = {
  success: "has finished",
  abort: "was aborted, outputs safe",
  failed: "failed",
  refused: "was refused, nothing was driven",
  interrupted: "was interrupted",
};
