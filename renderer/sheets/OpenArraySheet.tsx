import { useEffect, useState } from "react";
import { type FoundPortCard, LabRefusal } from "../../core/labMessages/index.ts";
import { Button, Choice } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { plainText } from "../components/quantity.ts";
import { lab } from "../connection/index.ts";
import { Overlay } from "../shell/Overlay.tsx";
import { chooseArray } from "../store/selection.ts";
import { say, useUi } from "../store/ui.ts";

type Failure = { readonly message: string; readonly remedy: string };

/** Opens an instrument at a port, or an emulated array. */
export function OpenArraySheet() {
  const close = () => useUi.getState().setOverlay(undefined);
  const [kind, setKind] = useState<"instrument" | "emulated">("instrument");
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const doing = async (action: () => Promise<void>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await action();
    } catch (error) {
      setFailure(error instanceof LabRefusal ? error.error : { message: (error as Error).message, remedy: "" });
    } finally {
      setBusy(false);
    }
  };
  const open = (ask: () => Promise<{ array: { array: string; name: string } }>) =>
    doing(async () => {
      const { array } = await ask();
      chooseArray(array.array);
      say("info", `${plainText(array.name, 60)} is open, outputs at 0 V`);
      close();
    });
  return (
    <Overlay label="Open an array" onClose={close}>
      <div className="form">
        <header className="form-head">
          <h2>Open</h2>
          <Choice
            label="kind of array"
            value={kind}
            onChoose={setKind}
            options={[
              { value: "instrument", text: "an instrument" },
              { value: "emulated", text: "an emulated array" },
            ]}
          />
        </header>
        {kind === "instrument" ? (
          <Instrument busy={busy} doing={doing} open={open} />
        ) : (
          <Emulated busy={busy} open={open} />
        )}
        {failure && <Notice title={plainText(failure.message, 600)} remedy={failure.remedy} />}
      </div>
    </Overlay>
  );
}

type Open = (ask: () => Promise<{ array: { array: string; name: string } }>) => Promise<void>;

function Instrument({
  busy,
  doing,
  open,
}: {
  busy: boolean;
  doing: (action: () => Promise<void>) => Promise<void>;
  open: Open;
}) {
  const [ports, setPorts] = useState<readonly FoundPortCard[]>();
  const [drivers, setDrivers] = useState<readonly string[]>([]);
  const [address, setAddress] = useState("");
  const [rows, setRows] = useState("1");
  const [columns, setColumns] = useState("1");
  const [uncalibrated, setUncalibrated] = useState(false);
  const [found, setFound] = useState<string>();
  const look = () =>
    doing(async () => {
      const answer = await lab.ask("discover-ports", {});
      setPorts(answer.ports);
      setDrivers(answer.drivers);
    });
  useEffect(() => void look(), []);
  const grid = { rows: Number(rows), columns: Number(columns) };
  const identify = () =>
    doing(async () => {
      setFound(undefined);
      const { driver, identity, simulated } = await lab.ask("identify", { address });
      setFound(
        `${simulated ? "SIMULATED · " : ""}${plainText(`${identity.manufacturer} ${identity.model} · serial ${identity.serial} · firmware ${identity.firmware}`)} · driver ${plainText(driver)}`,
      );
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void open(() =>
          lab.ask("open-instrument", { addresses: [address], grid, ...(uncalibrated && { uncalibrated }) }),
        );
      }}
    >
      <ul className="ports" aria-label="serial ports">
        {ports?.map((port) => (
          <li key={port.path}>
            <button
              type="button"
              className="button"
              onClick={() => setAddress(`serial:${port.path}${port.drivers[0] ? `?driver=${port.drivers[0]}` : ""}`)}
            >
              <span className="figure">{plainText(port.path, 60)}</span>{" "}
              <span className="mute">
                {plainText([port.manufacturer, port.product].filter(Boolean).join(" ") || "unknown device", 60)}
                {port.array !== null && " · open already"}
              </span>
            </button>
          </li>
        ))}
        {ports?.length === 0 && (
          <li className="mute">
            No serial port was found. Is the cable in, and are you in the group dialout? An address can be typed.
          </li>
        )}
      </ul>
      <label className="field">
        <span>Address</span>
        <input
          className="figure"
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          placeholder="serial:/dev/ttyUSB0?driver=emstat-pico"
          list="drivers"
          spellCheck={false}
          autoComplete="off"
        />
        <datalist id="drivers">
          {drivers.map((driver) => (
            <option key={driver} value={`serial:/dev/ttyUSB0?driver=${driver}`} />
          ))}
        </datalist>
      </label>
      <div className="fields">
        <NumberField label="Rows" value={rows} onChange={setRows} />
        <NumberField label="Columns" value={columns} onChange={setColumns} />
      </div>
      <label className="check">
        <input type="checkbox" checked={uncalibrated} onChange={(event) => setUncalibrated(event.target.checked)} />
        Drive it although it has no calibration: I know the signs
      </label>
      {found && <p className="figure">{found}</p>}
      <div className="actions">
        <Button onPress={() => void look()}>Look again</Button>
        <Button
          onPress={() => void identify()}
          disabled={address === "" ? "type or choose an address first" : undefined}
        >
          Who is there?
        </Button>
        <button type="submit" className="button primary" aria-disabled={busy || address === ""}>
          Open <kbd>↵</kbd>
        </button>
      </div>
    </form>
  );
}

function Emulated({ busy, open }: { busy: boolean; open: Open }) {
  const [models, setModels] = useState<readonly string[]>([]);
  const [model, setModel] = useState("conical-channel");
  const [rows, setRows] = useState("16");
  const [columns, setColumns] = useState("16");
  const [segment, setSegment] = useState("1 Mohm");
  useEffect(() => {
    void import("./modelNames.ts").then((module) => setModels(module.modelNames()));
  }, []);
  const text = `crosspore: 1
name: ${rows} x ${columns} ${model}
array:
  rows: ${rows}
  columns: ${columns}
  junction: { model: ${model} }
  lines: { rowSegment_ohm: ${segment}, columnSegment_ohm: ${segment} }
`;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void open(() =>
          lab.ask("open-emulated", { text, file: "array.yaml", name: `${rows} × ${columns} ${model}`, living: true }),
        );
      }}
    >
      <label className="field">
        <span>Junction model</span>
        <select value={model} onChange={(event) => setModel(event.target.value)}>
          {(models.length > 0 ? models : [model]).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <div className="fields">
        <NumberField label="Rows" value={rows} onChange={setRows} />
        <NumberField label="Columns" value={columns} onChange={setColumns} />
        <label className="field">
          <span>Line resistance per junction</span>
          <input className="figure" value={segment} onChange={(event) => setSegment(event.target.value)} />
        </label>
      </div>
      <p className="mute">
        Parameters, noise, electrodes and drift: write them in an experiment file, in the protocol panel, and run that.
      </p>
      <div className="actions">
        <button type="submit" className="button primary" aria-disabled={busy}>
          Open <kbd>↵</kbd>
        </button>
      </div>
    </form>
  );
}

function NumberField({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const wrong = !/^\d+$/.test(value) || Number(value) < 1;
  return (
    <label className="field narrow">
      <span>{label}</span>
      <input
        className="figure"
        inputMode="numeric"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={wrong}
        title={wrong ? "a whole number from 1 on" : undefined}
      />
    </label>
  );
}
