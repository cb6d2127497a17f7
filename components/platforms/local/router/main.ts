import { mkdirSync } from "node:fs";
import { openRouterLog } from "./routerLog";
import { RouterProcess } from "./routerProcess";

const SIGTERM_GRACE_MS = 10_000;

/**
 * Runs the router of a folder until it is shut down: what `node runtime.cjs router <dir>` does. Ends the process: with 0
 * after a shutdown, with 1 and a reason in `router.log` when it cannot start.
 */
export async function runRouter(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const log = openRouterLog(dir);
  let router: RouterProcess;
  try {
    router = await RouterProcess.open(dir, log);
  } catch (error) {
    log.error((error as Error).message);
    process.exit(1);
  }
  // One request's fault must not end the connections of all others: there is nobody else to serve them.
  process.on("uncaughtException", (error) => {
    router.internalErrors++;
    log.error(`survived a fault: ${error.stack ?? error.message}`);
  });
  process.on("unhandledRejection", (reason) => {
    router.internalErrors++;
    log.error(`survived a fault: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`);
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void router.stop(SIGTERM_GRACE_MS));
  process.on("SIGHUP", () => log.info("SIGHUP ignored: a router outlives the terminal it was started from"));
  await router.stopped;
  process.exit(0);
}
