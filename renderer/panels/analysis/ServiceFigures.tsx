import { useEffect, useState } from "react";
import type { Answer } from "../../../core/labMessages/index.ts";
import { Figure } from "../../components/Figure.tsx";
import { plainText } from "../../components/quantity.ts";
import { lab } from "../../connection/index.ts";

/** Figures of the report that need the whole record, drawn by the service. */
export function ServiceFigures({ run, protocol, kind }: { run: string; protocol: number; kind: string }) {
  const [figures, setFigures] = useState<Answer<"run-figures">["figures"]>([]);
  useEffect(() => {
    let here = true;
    lab.ask("run-figures", { run }).then(
      (answer) => here && setFigures(answer.figures),
      () => undefined,
    );
    return () => {
      here = false;
    };
  }, [run]);
  return figures
    .filter((figure) => figure.protocol === protocol && figure.kind === kind)
    .map((figure) => (
      <figure key={figure.caption} className="finding">
        <Figure svg={figure.svg} alt={plainText(figure.caption, 600)} />
        <figcaption>{plainText(figure.caption, 600)}</figcaption>
      </figure>
    ));
}
