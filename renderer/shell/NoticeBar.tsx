import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { plainText } from "../components/quantity.ts";
import { lab } from "../connection/index.ts";
import { useLab } from "../store/lab.ts";
import { sayError } from "../store/ui.ts";

/** What somebody must know of now, above the panels: the link, alarms, questions of a run. */
export function NoticeBar() {
  const { connection, alarms, prompts, shuttingDown } = useLab();
  return (
    <div className="notices">
      {connection.panicWaits && (
        <Notice
          title="PANIC has not reached the lab service."
          remedy="It goes first when the service answers again. Until then: run “crosspore panic” in a terminal, or switch the instrument off."
        />
      )}
      {(connection.phase === "lost" || connection.phase === "refused") && connection.error && (
        <Notice
          title={`${capital(plainText(connection.error.message, 400))}.`}
          remedy={`${capital(plainText(connection.error.remedy, 600))}.`}
          actions={
            <>
              <Button onPress={() => lab.retry()}>Try now</Button>
              {connection.error.code === "VERSION" && (
                <Button onPress={() => location.reload()}>Reload the page</Button>
              )}
            </>
          }
        >
          {connection.phase === "lost" &&
            connection.welcome &&
            "What you see is what was known last. Runs and the recorder live in the service, not in this page."}
        </Notice>
      )}
      {connection.phase === "silent" && (
        <Notice
          kind="warning"
          title="The lab service has not given a sign of life for three beats."
          remedy="It may be busy or frozen. If outputs are driven: Esc, then “crosspore panic” in a terminal, or switch the instrument off."
        />
      )}
      {shuttingDown !== undefined && connection.phase === "open" && (
        <Notice kind="warning" title={`The lab service ends: ${plainText(shuttingDown, 300)}`} />
      )}
      {alarms.map((alarm) => (
        <Notice
          key={alarm.alarm}
          kind={alarm.kind === "silence" || alarm.kind === "suspended" ? "warning" : "error"}
          title={plainText(alarm.text, 600)}
          remedy={plainText(alarm.remedy, 600)}
        />
      ))}
      {prompts.map((prompt) => (
        <Notice
          key={prompt.prompt}
          kind="warning"
          title="The run waits for you, outputs held as in a pause:"
          remedy={plainText(prompt.text, 2000)}
          actions={
            <>
              <Button look="primary" onPress={() => answer(prompt.prompt, true)}>
                Done, go on
              </Button>
              <Button onPress={() => answer(prompt.prompt, false)}>Abort the run</Button>
            </>
          }
        />
      ))}
    </div>
  );
}

function answer(prompt: string, confirmed: boolean): void {
  lab.ask("answer-prompt", { prompt, confirmed }).catch((error: unknown) => sayError(error, "Not answered"));
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
