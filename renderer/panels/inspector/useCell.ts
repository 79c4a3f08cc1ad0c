import { useEffect, useState } from "react";
import type { Cell as CellCard, LabError, LabRefusal } from "../../../core/labMessages/index.ts";
import { lab } from "../../connection/index.ts";
import { useLab } from "../../store/lab.ts";
import type { Cell } from "../../store/selection.ts";

export interface CellState {
  readonly cell?: CellCard;
  readonly error?: LabError;
}

const LEAST_ms = 400;

/** What the service knows of a junction, asked again when something about its array was measured; never more often than every 0.4 s. */
export function useCell(array: string | undefined, at: Cell | undefined): CellState & { take(cell: CellCard): void } {
  const [state, setState] = useState<CellState>({});
  const connected = useLab((lab) => lab.connection.phase === "open");
  const [row, column] = [at?.row, at?.column];
  useEffect(() => {
    if (array === undefined || row === undefined || column === undefined || !connected) return setState({});
    let over = false;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const ask = () => {
      waiting = undefined;
      lab.ask("cell", { array, row, column }).then(
        (cell) => !over && setState({ cell }),
        (error: unknown) => !over && setState({ error: (error as LabRefusal).error }),
      );
    };
    const soon = () => {
      waiting ??= setTimeout(ask, LEAST_ms);
    };
    ask();
    const stop = lab.news.listen(({ topic, body }) => {
      if (
        topic === "cells-read" ? body.array === array : (topic === "run-event" || topic === "job") && isOf(body, array)
      )
        soon();
    });
    return () => {
      over = true;
      stop();
      clearTimeout(waiting);
    };
  }, [array, row, column, connected]);
  return { ...state, take: (cell) => setState({ cell }) };
}

function isOf(body: { array?: string; job?: string | { array: string } }, array: string): boolean {
  return body.array === array || (typeof body.job === "object" && body.job.array === array);
}
