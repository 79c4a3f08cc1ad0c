/** CED 1902 isolated preamplifier: text commands ending in `;` and CR, 9600 7E1. Source: facts of WinWCP AmpModule.pas 79bb1a1. Pure: no I/O. */
export const TIMEOUT_S = 0.5;

/** Settings by name -> command and the values that it takes. */
export const SETTINGS = {
  input: { command: "IP", most: 6 },
  gain: { command: "GN", most: 30 },
  lowPass: { command: "LP", most: 9 },
  highPass: { command: "HP", most: 9 },
  acCoupled: { command: "AC", most: 1 },
  notch: { command: "NF", most: 1 },
  offset: { command: "OF", most: 32_767 },
} as const;

export type Setting = keyof typeof SETTINGS;

export function isSetting(name: string): name is Setting {
  return Object.hasOwn(SETTINGS, name);
}

export const encodeSet = (setting: Setting, value: number) => `${SETTINGS[setting].command}${value};`;
export const encodeQuery = (setting: Setting) => `?${SETTINGS[setting].command};`;

/** The index of an answer; undefined where it is none. */
export function decodeIndex(line: string): number | undefined {
  const match = /^\s*(-?\d+)\s*$/.exec(line);
  return match ? Number(match[1]) : undefined;
}
