import type { Plan } from "./plan.ts";

/** A plan as JSON can hold it; previews are pictures and stay out. */
export function planToJson(plan: Plan) {
  const { grid, steps, duration_s, largest_V, samples, bytes, products, perProtocol, floatingSteps } = plan;
  return {
    grid,
    steps,
    duration_s,
    largest_V,
    samples,
    bytes,
    products,
    floatingSteps,
    prompts: plan.prompts,
    perProtocol: perProtocol.map(({ preview, ...rest }) => ({ ...rest, previewDuration_s: preview.duration_s })),
    selectedDose_Vs: [...plan.selectedDose_Vs],
    halfSelectDose_Vs: [...plan.halfSelectDose_Vs],
    largestJunction_V: [...plan.largestJunction_V],
  };
}
