import { InstrumentError, TransportError } from "../../errors.ts";
import type { Identity } from "../instrument.ts";
import { LinePort } from "../linePort.ts";
import type { Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { echoOf, encodeMessage, formatIndex, isError, parseIndex } from "./codec.ts";

/** The program looks for messages each 50 to 100 ms, and may be busy. */
const ANSWER_S = 2;

/** Messages and their answers, whatever carries them. */
export class Batch {
  readonly port: LinePort;
  #index = 0;
  /** Index of the last answer that was not ours. */
  #stale: number | undefined;

  constructor(transport: Transport, timer: Timer) {
    this.port = new LinePort(transport, timer);
  }

  get name(): string {
    return this.port.transport.name;
  }

  /** Says hello: the first index that the program takes for a new one. */
  async identify(): Promise<Identity> {
    for (let attempt = 0; ; attempt++)
      try {
        const [said = ""] = await this.exchange(["ConnectionIdentify"], ANSWER_S / 4);
        const text = said.replace(/^Reply_ConnectionIdentify\s*/, "").replace(/"/g, "");
        const simulated = /\bSIM\w*/.exec(text)?.[0];
        return {
          manufacturer: "HEKA",
          model: text.split(/\s/)[0] ?? "PATCHMASTER",
          serial: simulated ?? "not told",
          firmware: simulated ? "simulated" : text,
        };
      } catch (error) {
        if (error instanceof TransportError && error.kind === "disconnected" && this.name.startsWith("tcp:"))
          throw new TransportError(
            "disconnected",
            `${error.message}; a bridge to PATCHMASTER must stay connected and pass lines both ways (HNCServer takes one command per connection and passes no answers: share the folder instead, folder:PATH)`,
          );
        // an index that equals the last one of whoever was here before is passed over
        if (!(error instanceof TransportError && error.kind === "timeout")) throw error;
        if (attempt >= 2 || this.name.startsWith("serial:")) throw error;
        this.#index = Math.max(this.#index, this.#stale ?? 0);
      }
  }

  /**
   * Sends commands in one message and takes the lines that answer them.
   * @throws InstrumentError with the program's own words, TransportError "timeout" naming a stale answer if there is one
   */
  async exchange(commands: readonly string[], patience_s = ANSWER_S): Promise<readonly string[]> {
    const index = ++this.#index;
    await this.port.send(encodeMessage(index, commands).trimEnd());
    const answers: string[] = [];
    let begun = false;
    for (;;) {
      let line: string;
      try {
        line = (await this.port.line(patience_s)).trim();
      } catch (error) {
        if (!(error instanceof TransportError && error.kind === "timeout")) throw error;
        const found =
          this.#stale === undefined ? "no answer" : `an old answer only, to message ${formatIndex(this.#stale)}`;
        throw new TransportError(
          "timeout",
          `${this.name}: ${found} where message ${formatIndex(index)} ("${commands[0] ?? ""}") should be answered: is batch communication on?`,
        );
      }
      const found = parseIndex(line);
      if (found !== undefined) {
        begun = found === index;
        if (!begun) this.#stale = found;
        answers.length = 0;
        continue;
      }
      // of an answer that is not ours, or a word that the program says by itself
      if (!begun || line === "" || /^(Started|Terminated|InFront|Running|ADReserved|ADRelease)$/.test(line)) continue;
      if (line === `Reply_Echo ${echoOf(index)}`) break;
      answers.push(line);
    }
    const refusal = answers.find(isError);
    if (refusal !== undefined)
      throw new InstrumentError(
        this.name,
        `do "${commands.join("; ")}"`,
        refusal,
        "its holding potential is as it was told last",
      );
    return answers;
  }
}
