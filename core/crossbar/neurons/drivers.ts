/**
 * What drives junctions but is none, as data for lists and messages. A driver has no terminals of its own in an array: its
 * potential or its spikes become the voltage of a row.
 */
export interface Driver {
  readonly kind: "driver";
  readonly name: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly summary: string;
  /** DOI of equations and constants. */
  readonly source: string;
  readonly grade: "quantitative";
  /** How it is called. */
  readonly usage: string;
  readonly states: readonly { readonly name: string; readonly unit: string; readonly description: string }[];
}

export const DRIVERS: readonly Driver[] = [
  {
    kind: "driver",
    name: "hodgkin-huxley",
    aliases: ["hh"],
    title: "Hodgkin and Huxley's squid axon",
    summary: "A current per area in, action potentials out: sodium, potassium and leak at 6.3 degrees Celsius.",
    source: "10.1113/jphysiol.1952.sp004764",
    grade: "quantitative",
    usage: "makeNeurons and stepNeurons; potential_V is applied to rows",
    states: [
      { name: "potential_V", unit: "V", description: "membrane potential" },
      { name: "m", unit: "", description: "activation of sodium" },
      { name: "h", unit: "", description: "availability of sodium" },
      { name: "n", unit: "", description: "activation of potassium" },
    ],
  },
  {
    kind: "driver",
    name: "tsodyks-markram",
    aliases: ["stp"],
    title: "Tsodyks and Markram's synapse",
    summary: "Spike times in, the part of the resources that each spike releases out: depression and facilitation.",
    source: "10.1073/pnas.94.2.719",
    grade: "quantitative",
    usage: "makeSynapses and arriveSpike; the release scales a pulse",
    states: [
      { name: "u", unit: "", description: "part of the resources that the next spike uses, before its own rise" },
      { name: "x", unit: "", description: "resources left" },
    ],
  },
];

export function findDriver(nameOrAlias: string): Driver | undefined {
  return DRIVERS.find(({ name, aliases }) => name === nameOrAlias || aliases.includes(nameOrAlias));
}
