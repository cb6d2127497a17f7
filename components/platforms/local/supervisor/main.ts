import { accessSync, chmodSync, constants, mkdirSync, realpathSync, rmSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { controlServer } from "./control";
import { inheritedEnvironment } from "./instanceEnvironment";
import { supervisorSpecSchema, type SupervisorSpec } from "./spec";
import { LOG_DIRECTORY, SOCKET_FILE } from "./status";
import { report, Supervisor } from "./supervisor";

/**
 * The supervisor of one slot, a process that outlives the deployment which started it. Reads its spec from standard input up
 * to its end, runs until it is told to stop through its socket or by SIGTERM, and exits 0 then. Exits 1 with a message
 * on standard error when there is nothing it could run.
 */
export async function runSupervisor(dir: string): Promise<void> {
  let supervisor: Supervisor;
  let server: Server;
  const close = (): void => {
    // Closing the server removes the socket.
    server.close(() => process.exit(0));
  };
  try {
    const spec = await readSpec();
    checkCommand(spec);
    mkdirSync(join(dir, LOG_DIRECTORY), { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
    const directory = realpathSync(dir);
    supervisor = new Supervisor(directory, spec);
    server = controlServer({
      status: () => supervisor.status(),
      stop: (deadlineMs) => supervisor.stop(deadlineMs),
      restart: (listenWithinMs) => supervisor.restart(listenWithinMs),
      afterStop: close,
    });
    // The path of a socket may have some hundred bytes only, so it is given relative to the working directory.
    process.chdir(directory);
    await listenAlone(server);
    process.on("SIGTERM", () => void supervisor.stop(spec.stopDeadlineMs).then(close));
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
  // A terminal that closes, or Ctrl-C in the one that started the deployment, is no reason to stop serving.
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
  // Without its supervisor an application cannot even write its log any more, so it stays and says what happened.
  process.on("uncaughtException", (error) =>
    supervisor.trouble(`the supervisor met an error: ${error.stack ?? error.message}`),
  );
  await supervisor.start();
}

async function readSpec(): Promise<SupervisorSpec> {
  const input = await text(process.stdin);
  if (input.trim() === "") throw new Error("standard input ended without a spec, so there is nothing to run");
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    // The parser's own message quotes the input, and that holds secrets.
    throw new Error("the spec on standard input is not complete JSON");
  }
  const result = supervisorSpecSchema.safeParse(value);
  if (!result.success) throw new Error(`the spec on standard input is not valid:\n${z.prettifyError(result.error)}`);
  return result.data;
}

/** Says at once what would otherwise be a crash loop for ever. */
function checkCommand(spec: SupervisorSpec): void {
  if (statSync(spec.directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Error(`the working directory ${spec.directory} is not there`);
  }
  const [program = ""] = spec.command;
  const path = { ...inheritedEnvironment(), ...spec.environment, ...spec.secrets }.PATH ?? "";
  const places = program.includes("/") ? [spec.directory] : path.split(":").filter((entry) => entry !== "");
  if (places.some((place) => executable(resolve(place, program)))) return;
  const where = program.includes("/") ? spec.directory : `the PATH (${path})`;
  throw new Error(`the program "${program}" of ${spec.slot}'s command is not an executable file in ${where}`);
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Listens on the socket, unless another supervisor does. A socket that a killed one has left behind is removed. */
async function listenAlone(server: Server): Promise<void> {
  const umask = process.umask(0o177);
  try {
    await listen(server).catch(async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      if (await answers()) throw new Error("another supervisor runs in this directory already");
      rmSync(SOCKET_FILE, { force: true });
      await listen(server);
    });
  } finally {
    process.umask(umask);
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(SOCKET_FILE, () => {
      server.removeListener("error", fail);
      done();
    });
  });
}

function answers(): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(SOCKET_FILE);
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      done(answer);
    };
    socket.once("connect", end(true)).once("error", end(false));
  });
}
