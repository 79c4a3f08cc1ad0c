import "../../theme/tokens.css";
import { MapPainter } from "../../components/heatMap/MapPainter.ts";
import { sampleMap } from "../sampleCards.ts";

/**
 * For bench/lab.ts: how long one repaint of a side x side map takes, colours, field, labels, bars and all. Reading one
 * pixel back makes the browser finish what it would otherwise put off to the end of the frame.
 * @returns milliseconds, one per repaint, the first (which makes the tables) left out
 */
function measurePaint(side: number, repeats: number): number[] {
  const canvas = document.querySelector("canvas") as HTMLCanvasElement;
  const painter = new MapPainter(canvas);
  const maps = [sampleMap(side, side, 1), sampleMap(side, side, 2)];
  const times: number[] = [];
  for (let k = 0; k <= repeats; k++) {
    const values = maps[k % 2] as Float32Array;
    const start = performance.now();
    painter.paint({
      rows: side,
      columns: side,
      values,
      kind: "log",
      quantity: "conductance",
      unit: "S",
      marginals: true,
    });
    canvas.getContext("2d")?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
    times.push(performance.now() - start);
  }
  return times.slice(1);
}

Object.assign(window, { measurePaint });
