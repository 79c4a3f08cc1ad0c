import { diffusionRatio } from "../electrolyte.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf } from "./parameters.ts";
import { CONDUCTANCE_STATE, makeRelaxer } from "../engines/relaxation.ts";

/**
 * Tapered microchannel filled with charged colloids (nanochannel network membrane): ion concentration polarization in
 * the interstices between packed silica spheres. Kamsma et al., PNAS 121, e2320242121 (2024), 10.1073/pnas.2320242121.
 *
 *   i = g v,   dg/dt = (g_inf - g) / tau,   tau = xi L^2 / (4 D)
 *   g_inf / g_0 = max(1 + s v, minimumRatio)         first order in v (activator of the authors' code)
 *
 *   g_0   S       conductance_S    conductance at rest
 *   s     1/V     slope_perV       base and tip 100 and 5 um wide, 150 um long, 10 mM
 *   L     m       length_m         150 um: tau = 1.62 s published
 *   xi    -       xi               shape factor that gives the published tau with D = 1e-9 m^2/s
 *   D     m^2/s   diffusion_m2_s   referenced to 293.15 K
 *
 * Valid for 1 to 100 mM, |v| < 5 V; below -1.235 V the line is cut at minimumRatio.
 * Temperature: tau scales as 1/D(T), g_0 as D(T)/T (Nernst and Einstein); s is kept.
 */
const REFERENCE_K = 293.15;

export const ncnmChannel: JunctionModel = {
  name: "ncnm-channel",
  aliases: ["ncnm"],
  title: "Tapered colloid-filled microchannel",
  summary: "Ion concentration polarization in a tapered channel packed with charged spheres; conductance rises with v.",
  source: "10.1073/pnas.2320242121",
  grade: "quantitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-5, 5],
  states: [CONDUCTANCE_STATE],
  parameters: [
    {
      name: "length_m",
      unit: "m",
      description: "channel length L",
      default: 150e-6,
      range: [1e-6, 1e-2],
      provenance: "published",
      source: "10.1073/pnas.2320242121",
    },
    {
      name: "conductance_S",
      unit: "S",
      description: "conductance at rest g_0",
      default: 100e-9,
      range: [0, 1],
      provenance: "default of ours",
      source: "from the published write energy, 1 to 10 uJ at 5 V and 0.75 s",
    },
    {
      name: "slope_perV",
      unit: "1/V",
      description: "relative slope of the steady conductance",
      default: 0.7286671351558165,
      range: [-10, 10],
      provenance: "derived",
      source: "authors' code TMKamsma/Pyontronics (NCNM_activator), evaluated at the published geometry",
    },
    {
      name: "minimumRatio",
      unit: "",
      description: "lowest g_inf / g_0, where the first-order line would go negative",
      default: 0.1,
      range: [0, 1],
      provenance: "default of ours",
      source: "keeps the junction passive below -1.2 V",
    },
    {
      name: "xi",
      unit: "",
      description: "shape factor of the diffusion time",
      default: 0.288,
      range: [1e-3, 1e3],
      provenance: "default of ours",
      source: "chosen so that tau = 1.62 s (published) with D = 1e-9 m^2/s",
    },
    {
      name: "diffusion_m2_s",
      unit: "m2/s",
      description: "salt diffusion coefficient D at 293.15 K",
      default: 1e-9,
      range: [1e-14, 1e-7],
      provenance: "default of ours",
      source: "only xi / D is fixed by the published tau",
    },
  ],

  resolve(given, environment) {
    const parameters = fillParameters(ncnmChannel, given);
    const temperature_K = environment.temperature_K ?? REFERENCE_K;
    const mobility = diffusionRatio(temperature_K, REFERENCE_K);
    const diffusion_m2_s = numberOf(parameters, "diffusion_m2_s") * mobility;
    const length_m = numberOf(parameters, "length_m");
    const slope = numberOf(parameters, "slope_perV");
    const minimum = numberOf(parameters, "minimumRatio");
    const ratio = (v: number) => Math.max(minimum, 1 + slope * v);
    return makeRelaxer({
      model: ncnmChannel,
      parameters,
      environment,
      derived: { temperature_K, diffusion_m2_s },
      zeroConductance_S: numberOf(parameters, "conductance_S") * mobility * (REFERENCE_K / temperature_K),
      tau_s: (numberOf(parameters, "xi") * length_m ** 2) / (4 * diffusion_m2_s),
      ratio,
      under(now) {
        const now_K = now.temperature_K ?? REFERENCE_K;
        const faster = diffusionRatio(now_K, temperature_K);
        return { conductanceFactor: faster * (temperature_K / now_K), tauFactor: 1 / faster, ratio };
      },
    });
  },
};
