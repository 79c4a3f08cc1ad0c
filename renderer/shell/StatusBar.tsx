import { plainText } from "../components/quantity.ts";
import { liveJob, useLab } from "../store/lab.ts";

/** The recorder, the runs folder, who else is here. */
export function StatusBar() {
  const { connection, clients, jobs, held } = useLab();
  const job = useLab((state) => liveJob(state));
  const you = connection.welcome?.you;
  const others = clients.filter(({ client }) => client !== you?.client);
  const waiting = jobs.filter(({ state }) => state === "waiting").length;
  return (
    <footer className="status">
      {job?.run ? (
        <span>
          run <b>{plainText(job.run, 80)}</b>
        </span>
      ) : (
        <span>no run</span>
      )}
      {job?.progress && (
        <span>
          recorder <b>{`${job.progress.durableEvents} events, ${job.progress.durableRows} samples durable`}</b>
          {job.progress.lost > 0 && <b>{`, ${job.progress.lost} lost by the array`}</b>}
        </span>
      )}
      {(waiting > 0 || held) && (
        <span>
          queue <b>{`${waiting} waiting${held ? ", held" : ""}`}</b>
        </span>
      )}
      <span className="grow" />
      {others.length > 0 && (
        <span title={others.map(({ name, silent }) => `${plainText(name, 60)}${silent ? " (silent)" : ""}`).join(", ")}>
          also here{" "}
          <b>
            {others
              .slice(0, 3)
              .map(({ name }) => plainText(name, 24))
              .join(", ")}
            {others.length > 3 ? ` +${others.length - 3}` : ""}
          </b>
        </span>
      )}
      {you?.role === "observer" && <span>this window only looks</span>}
      {connection.welcome && (
        <span title={plainText(connection.welcome.service.runsFolder)}>
          records to <b>{plainText(connection.welcome.service.runsFolder, 200)}</b>
        </span>
      )}
    </footer>
  );
}
