import { Notice } from "../../components/Notice.tsx";
import { percent, quantity } from "../../components/quantity.ts";
import { useCurrentArray } from "../../store/selection.ts";
import { durationText } from "../queue/jobText.ts";
import { dryRun, useDocument } from "./document.ts";

/** The largest of a map and where it is. */
function largest(values: readonly number[], columns: number): { readonly value: number; readonly where: string } {
  let [value, at] = [0, -1];
  values.forEach((candidate, k) => {
    if (candidate > value) [value, at] = [candidate, k];
  });
  return { value, where: at < 0 ? "" : ` at r${Math.floor(at / columns)} c${at % columns}` };
}

/** What a run would do, from the dry run: nothing has been sent. */
export function PlanView() {
  const { planned, text, planning, planError, predict } = useDocument();
  const array = useCurrentArray();
  const plan = planned?.plan;
  const stale = planned !== undefined && planned.text !== text;
  if (planError)
    return (
      <div className="plan">
        <Notice kind="warning" title="No dry run" remedy={planError.remedy}>
          {planError.message}
        </Notice>
      </div>
    );
  if (!plan) return null;
  const limits = planned.array === null ? undefined : array?.limits;
  const half = largest(plan.halfSelectDose_Vs, plan.grid.columns);
  const selected = largest(plan.selectedDose_Vs, plan.grid.columns);
  const { prediction } = planned;
  return (
    <div className={`plan${stale ? " stale" : ""}`} aria-label="dry run" role="region">
      <div className="row">
        <h3>{stale ? "Dry run of the text before this edit" : "Dry run, nothing has been sent"}</h3>
        <span className="grow" />
        <label className="mute">
          <input
            type="checkbox"
            checked={predict}
            onChange={({ currentTarget }) => {
              useDocument.setState({ predict: currentTarget.checked });
              if (currentTarget.checked) void dryRun();
            }}
          />{" "}
          predict
        </label>
      </div>
      <dl className="pairs">
        <dt>largest voltage</dt>
        <dd>
          {quantity(plan.largest_V, "V")}
          {limits && (
            <span className="mute">
              {" "}
              of {Number.isFinite(limits.voltage_V) ? quantity(limits.voltage_V, "V") : "∞"}
            </span>
          )}
        </dd>
        <dt>duration</dt>
        <dd>{durationText(plan.duration_s)}</dd>
        <dt>steps</dt>
        <dd>{plan.steps.toLocaleString("en")}</dd>
        <dt>samples</dt>
        <dd>
          {plan.samples.toLocaleString("en")}, {quantity(plan.bytes, "B")}
        </dd>
        <dt>dose while selected</dt>
        <dd>
          {quantity(selected.value, "V s")}
          <span className="mute">{selected.where}</span>
        </dd>
        <dt>half-select dose</dt>
        <dd>
          {quantity(half.value, "V s")}
          <span className="mute">{half.where}</span>
        </dd>
        {plan.floatingSteps > 0 && (
          <>
            <dt>without a dose</dt>
            <dd>{plan.floatingSteps === 1 ? "1 step" : `${plan.floatingSteps} steps`} with floating lines</dd>
          </>
        )}
        {plan.prompts.length > 0 && (
          <>
            <dt>asks the operator</dt>
            <dd>
              {plan.prompts.length} {plan.prompts.length === 1 ? "time" : "times"}
            </dd>
          </>
        )}
        {prediction && (
          <>
            <dt>largest current, predicted</dt>
            <dd className="sim">
              {quantity(prediction.largestCurrent_A, "A")}
              <span className="mute"> in c{prediction.column}</span>
            </dd>
            <dt>energy, predicted</dt>
            <dd className="sim">{quantity(prediction.energy_J, "J")}</dd>
            <dt>of limit or range</dt>
            <dd className="sim">
              {Number.isFinite(prediction.complianceShare) && prediction.complianceShare > 0
                ? percent(prediction.complianceShare).replace("+", "")
                : "no current limit"}
            </dd>
          </>
        )}
      </dl>
      {prediction?.tripped && (
        <Notice kind="warning" title="It would trip">
          {prediction.tripped}
        </Notice>
      )}
      {planning && <p className="mute">Planning …</p>}
    </div>
  );
}
