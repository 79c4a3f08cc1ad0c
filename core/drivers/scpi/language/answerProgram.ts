import type { ScpiCommand } from "./command.ts";
import type { CommandTree } from "./commandTree.ts";
import type { ErrorQueue } from "./errorQueue.ts";
import { parseProgram } from "./program.ts";
import { ScpiError } from "./scpiError.ts";

/** Does what a line of commands says, one after the other; mistakes go into the queue. @returns the answers, joined as IEEE 488.2 joins them */
export async function answerProgram(
  line: string,
  commands: CommandTree<ScpiCommand>,
  errors: ErrorQueue,
): Promise<string> {
  const answers: string[] = [];
  for (const unit of parseProgram(line)) {
    try {
      if ("error" in unit) throw new ScpiError(unit.error);
      const command = commands.find(unit.header);
      const act = unit.query ? command?.get : command?.set;
      if (!act) throw new ScpiError(-113);
      const answer = await act(unit.parameters);
      if (unit.query && typeof answer === "string") answers.push(answer);
    } catch (error) {
      if (!(error instanceof ScpiError)) throw error;
      errors.push(error.scpiCode);
    }
  }
  return answers.join(";");
}
