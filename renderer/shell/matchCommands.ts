import type { Command } from "../commands/commands.ts";

/** Commands whose words begin with, contain, or spell in order what was typed; the nearest first. */
export function matchCommands(commands: readonly Command[], typed: string): Command[] {
  const wanted = typed.trim().toLowerCase();
  return commands
    .filter((command) => !command.hidden)
    .map((command) => ({
      command,
      rank: rank(`${command.title} ${command.group} ${command.also ?? ""}`.toLowerCase(), wanted),
    }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .map(({ command }) => command);
}

function rank(text: string, wanted: string): number {
  if (wanted === "") return 0;
  if (text.startsWith(wanted)) return 1;
  if (text.includes(` ${wanted}`)) return 2;
  const words = wanted.split(/\s+/);
  if (words.every((word) => text.includes(word))) return 3;
  let from = 0;
  for (const letter of wanted.replaceAll(" ", "")) {
    from = text.indexOf(letter, from) + 1;
    if (from === 0) return Infinity;
  }
  return 4;
}
