import type * as pulumi from "@pulumi/pulumi";
import { routerHandler } from "./platforms/local/routerResource";
import { slotHandler } from "./platforms/local/slotResource";
import { cutoverHandler } from "./resources/cutover";
import { endWithEngine } from "./resources/engineGone";
import { gateHandler } from "./resources/gate";
import { asProvider } from "./resources/handler";
import type { Kind } from "./resources/inputs";
import { planHandler } from "./resources/plan";
import { routeHandler } from "./resources/route";

/** What the one-line providers in a stack's state ask for. */

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
