import { rm } from "node:fs/promises";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { all, type Slot } from "../../model/words";
import type { Handler } from "../../resources/handler";
import type { Target } from "../../resources/inputs";
import { ThinResource } from "../../resources/thin";
import { layoutOf, localSettings } from "./layout";
import { RouterClient } from "./router/client";
import { routerIsAlive, startRouter, stopRouter } from "./router/start";
import { routerSettingsSchema, type RouterSettingsInput } from "./router/state";

export interface LocalRouterInputs {
  target: Target;
  /** Gets all the weight when the router is started for the very first time; later it keeps its own route. */
  activeSlot: Slot;
  router: RouterSettingsInput;
  stopMs: number;
  /** Added by `check`: whether the router process is there. */
  found?: "running" | "gone";
}

interface LocalRouterOutputs {
  target: Target;
  stopMs: number;
}

/** The router process, started once; it outlives every deployment. */
export class LocalRouter extends ThinResource {
  constructor(name: string, inputs: LocalRouterInputs, opts: pulumi.CustomResourceOptions) {
    super("LocalRouter", name, { ...inputs }, [], opts);
  }
}

export const routerHandler: Handler<LocalRouterInputs, LocalRouterOutputs> = {
  async check(news) {
    const alive = await routerIsAlive(routerFolder(news.target));
    return { inputs: { ...news, found: alive ? "running" : "gone" } };
  },
  ignore: ["activeSlot", "found"],
  due: (news) => news.found === "gone",
  async create(news) {
    await converge(news);
    return { id: `${news.target.stack}/${news.target.service}`, outs: kept(news) };
  },
  async update(news) {
    await converge(news);
    return kept(news);
  },
  async delete(olds) {
    const folder = routerFolder(olds.target);
    await stopRouter(folder, olds.stopMs);
    // A route made later must not begin with the weights of this one. Logs stay.
    for (const name of ["route.json", "route.json.bak"]) await rm(join(folder, name), { force: true });
  },
};

const routerFolder = (target: Target) => layoutOf(localSettings(target)).router;
const kept = ({ target, stopMs }: LocalRouterInputs): LocalRouterOutputs => ({ target, stopMs });

async function converge({ target, activeSlot, router }: LocalRouterInputs): Promise<void> {
  const folder = routerFolder(target);
  const none = { release: "", instances: [] };
  // Starts the router, or finds it running; a route that it kept on disk is never changed by this.
  await startRouter(folder, router, { weights: all(activeSlot), slots: { blue: none, green: none } });
  await new RouterClient(`${folder}/router.sock`).setSettings(routerSettingsSchema.parse(router));
}
