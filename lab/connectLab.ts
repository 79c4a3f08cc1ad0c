import { WebSocket } from "ws";
import { TransportError } from "../core/errors.ts";
import { LAB_PATH, LAB_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from "../core/labMessages/envelope.ts";
import { LabClient, transportError } from "../core/labMessages/labClient.ts";
import type { ClientCard } from "../core/labMessages/session.ts";
import type { LabAddress } from "./labAddress.ts";

/**
 * A script's connection to the lab of this machine.
 * @throws TransportError when nobody answers, LabRefusal when the service says no
 */
export async function connectLab(
  { port, token }: Pick<LabAddress, "port" | "token">,
  client: { readonly kind: ClientCard["kind"]; readonly name: string },
): Promise<LabClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${LAB_PATH}`, [
    LAB_SUBPROTOCOL,
    TOKEN_SUBPROTOCOL_PREFIX + token,
  ]);
  socket.binaryType = "arraybuffer";
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", (error) =>
      reject(new TransportError("disconnected", `the lab on port ${port} does not answer: ${error.message}`)),
    );
  });
  const lab = new LabClient({
    link: { send: (text) => socket.send(text), close: () => socket.close(1000) },
    client,
  });
  socket.on("message", (data: Buffer | ArrayBuffer, isBinary) =>
    lab.take(isBinary ? (data as ArrayBuffer) : Buffer.from(data as ArrayBuffer).toString("utf8")),
  );
  socket.on("close", () => lab.end(transportError("the lab has ended the connection")));
  socket.on("error", (error) => lab.end(transportError(`the connection to the lab failed: ${error.message}`)));
  await lab.welcome;
  return lab;
}
