import { expect, it } from "vitest";
import { Arming } from "../../core/limiter/arming.ts";
import { Limiter, redeem } from "../../core/limiter/limiter.ts";
import { limitsInForce } from "../../core/limits.ts";
import { CrossporeError } from "../../core/errors.ts";
import { soakOr } from "../soak.ts";
import { judgeByBruteForce, type Sent } from "./oracle.ts";
import { makeRandomRun } from "./randomRun.ts";

/** Rounding of straight lines; sines the oracle samples from below anyway. */
const ROUNDING = 1e-7;
/** The oracle joins samples by straight lines to find when a sine passes the threshold. */
const CROSSING = 1e-4;
const SURELY_ALLOWED = 0.97;

it(
  "T6: random runs: no command that is sent exceeds a limit, and few are refused that need not be",
  () => {
    const count = soakOr(1_000_000, 20_000);
    const tally = { sent: 0, refused: 0, needless: 0, escapes: [] as string[], falseRefusals: [] as string[] };
    const quantities = new Map<string, number>();
    for (let seed = 0; seed < count; seed++) {
      const { grid, capabilities, limits: asked, steps, conductance, bounded } = makeRandomRun(seed);
      const limits = limitsInForce(asked, capabilities);
      const arming = new Arming();
      const token = arming.arm([]);
      const limiter = new Limiter(grid, capabilities, limits, arming);
      const sent: Sent[] = [];
      for (const [k, step] of steps.entries()) {
        try {
          const { step: admitted } = limiter.admit(step, token, `run ${seed} step ${k}`);
          // what a driver would do
          if (admitted.kind === "apply") sent.push({ kind: "apply", stimulus: redeem(admitted.stimulus) });
          if (admitted.kind === "multiply")
            sent.push({ kind: "multiply", inputs_V: redeem(admitted.inputs_V), readout: admitted.readout });
          tally.sent++;
        } catch (error) {
          if (!(error instanceof CrossporeError)) throw error;
          tally.refused++;
          const quantity = error.message.match(/(\w+) of .* refused/)?.[1] ?? error.code;
          quantities.set(quantity, (quantities.get(quantity) ?? 0) + 1);
          const verdict = judgeByBruteForce([...sent, step], grid, capabilities, limits, conductance);
          if (!verdict.malformed && verdict.worst < SURELY_ALLOWED) {
            if (bounded) tally.needless++;
            else tally.falseRefusals.push(`${error.message} ${JSON.stringify(verdict.shares)}`);
          }
          break;
        }
      }
      if (sent.length === 0) continue;
      const verdict = judgeByBruteForce(sent, grid, capabilities, limits, conductance);
      const beyond = Object.entries(verdict.shares).some(
        ([quantity, share]) => !(share <= 1 + (quantity === "dwell" || quantity === "duty" ? CROSSING : ROUNDING)),
      );
      if (verdict.malformed || beyond) tally.escapes.push(`run ${seed}: ${JSON.stringify(verdict.shares)}`);
    }
    expect(tally.escapes).toEqual([]);
    expect(tally.falseRefusals).toEqual([]);
    // a limiter that refuses everything lets nothing escape either
    expect(tally.sent / (tally.sent + tally.refused)).toBeGreaterThan(0.4);
    expect(tally.needless / tally.sent).toBeLessThan(0.02);
    // and every quantity is among the refusals
    for (const quantity of ["voltage", "slew", "dwell", "duty", "charge", "energy", "current", "PROTOCOL"])
      expect(quantities.get(quantity) ?? 0, quantity).toBeGreaterThan(count / 2000);
  },
  soakOr(3_600_000, 600_000),
);
