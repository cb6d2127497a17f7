import type * as pulumi from "@pulumi/pulumi";
import { runRouter } from "./platforms/local/router/main";
import { routerHandler } from "./platforms/local/routerResource";
import { slotHandler } from "./platforms/local/slotResource";
import { runSupervisor } from "./platforms/local/supervisor/main";
import { cutoverHandler } from "./resources/cutover";
import { endWithEngine } from "./resources/engineGone";
import { gateHandler } from "./resources/gate";
import { asProvider } from "./resources/handler";
import type { Kind } from "./resources/inputs";
import { planHandler } from "./resources/plan";
import { routeHandler } from "./resources/route";

/** What the one-line providers in a stack's state ask for, and the long-lived processes of the local platform. */

const PROVIDERS: Record<Kind, () => pulumi.dynamic.ResourceProvider> = {
  Plan: () => asProvider(planHandler),
  Route: () => asProvider(routeHandler),
  Gate: () => asProvider(gateHandler),
  Cutover: () => asProvider(cutoverHandler),
  LocalRouter: () => asProvider(routerHandler),
  LocalSlot: () => asProvider(slotHandler),
};

/** The engine's dynamic provider for one kind of resource. */
export function provider(kind: Kind): pulumi.dynamic.ResourceProvider {
  endWithEngine();
  return PROVIDERS[kind]();
}

const PROCESSES: Record<string, (directory: string) => Promise<void>> = {
  router: runRouter,
  supervisor: runSupervisor,
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
