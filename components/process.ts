/* eslint-disable @typescript-eslint/no-require-imports -- loaded when asked for, by the CommonJS loader that also knows TypeScript */
import type * as router from "./platforms/local/router/main";
import type * as supervisor from "./platforms/local/supervisor/main";

/** The long-lived processes of the local platform, each loading only what it needs. */
const PROCESSES: Record<string, (directory: string) => Promise<void>> = {
  router: (directory) => (require("./platforms/local/router/main") as typeof router).runRouter(directory),
  supervisor: (directory) =>
    (require("./platforms/local/supervisor/main") as typeof supervisor).runSupervisor(directory),
};

/** `router <folder>` or `supervisor <folder>`. */
export function main([name = "", directory]: string[]): void {
  const run = PROCESSES[name];
  if (run === undefined || directory === undefined) {
    console.error(`usage: node runtime.cjs ${Object.keys(PROCESSES).join("|")} <folder>`);
    process.exitCode = 2;
    return;
  }
  run(directory).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
