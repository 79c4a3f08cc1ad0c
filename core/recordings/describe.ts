import type { Channel } from "./recording.ts";

/** Name, unit, and through which gains, in one phrase. */
export function describeChannel({ name, unit, gain }: Channel): string {
  const { telegraph, scale_V, lowPass_Hz } = gain;
  const parts = [
    ...(scale_V === undefined ? [] : [`${Number(scale_V.toPrecision(6))} V/${unit}`]),
    ...(telegraph ? [`telegraph of ${telegraph.instrument}, gain ${telegraph.additionalGain}`] : []),
    ...(telegraph?.mode === undefined ? [] : [telegraph.mode]),
    ...(telegraph && telegraph.lowPass_Hz > 0 ? [`low-pass ${telegraph.lowPass_Hz} Hz`] : []),
    ...(lowPass_Hz === undefined
      ? []
      : [`${telegraph ? "digitizer low-pass" : "low-pass"} ${Number(lowPass_Hz.toPrecision(5))} Hz`]),
  ];
  return `${name} (${unit})${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
}
