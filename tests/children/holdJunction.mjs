// A host that holds a selector and switches all the time, meant to be killed, frozen and stalled.
// Parameter (JSON): port (a pseudo-terminal) or bridge {port, token}, and setup. stdout: "armed", then "selected ROW COLUMN" each
// time. stdin: "stall" blocks its event loop for two seconds, "hang up" closes the line.
import { writeSync } from "node:fs";
import { openBoard } from "../../dist/core/drivers/selectorBoard/driver.js";
import { enterBridge } from "../../dist/core/drivers/piBridge/handshake.js";
import { openSerial } from "../../dist/core/drivers/transports/serial.js";
import { openTcp } from "../../dist/core/drivers/transports/tcp.js";
import { wallTimer } from "../../dist/core/drivers/timer.js";

const { port, bridge, setup } = JSON.parse(process.argv[2]);
const transport = bridge
  ? await enterBridge(await openTcp("127.0.0.1", bridge.port), wallTimer, "selector", bridge.token)
  : await openSerial({ path: port, baudRate: 115_200 });
const board = await openBoard(transport, wallTimer, setup, "board");
writeSync(1, "armed\n");
process.stdin.on("data", (data) => {
  if (data.toString().includes("hang up")) void transport.close();
  if (!data.toString().includes("stall")) return;
  const end = performance.now() + 2000;
  while (performance.now() < end);
});
process.stdin.on("end", () => process.exit(0));
try {
  for (let k = 0; ; k++) {
    await board.select({ row: (k * 5) % setup.rows, column: (k * 3) % setup.columns });
    writeSync(1, `selected ${(k * 5) % setup.rows} ${(k * 3) % setup.columns}\n`);
  }
} catch (error) {
  writeSync(1, `ended ${error.message}\n`);
}
