/**
 * Spike-timing dependent plasticity: weight change against t_post - t_pre (Bi and Poo, J. Neurosci. 18, 10464 (1998)),
 *
 *   dw = A_+ exp(-dt / tau) for dt > 0,   -A_- exp(dt / tau) for dt < 0,   0 for dt = 0
 */
export function stdpChange(
  postAfterPre_s: number,
  window: { readonly potentiation: number; readonly depression: number; readonly tau_s?: number },
): number {
  const { potentiation, depression, tau_s = 0.02 } = window;
  if (!(tau_s > 0)) throw new RangeError(`tau_s is ${tau_s}, allowed are values above 0`);
  if (postAfterPre_s === 0) return 0;
  const decay = Math.exp(-Math.abs(postAfterPre_s) / tau_s);
  return postAfterPre_s > 0 ? potentiation * decay : -depression * decay;
}
