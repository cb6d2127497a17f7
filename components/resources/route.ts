import type * as pulumi from "@pulumi/pulumi";
import { describeWeights, type Slot, type Weights } from "../model/words";
import { driverOf } from "../platforms/index";
import type { Handler } from "./handler";
import type { Target } from "./inputs";
import { ThinResource } from "./thin";

export interface RouteInputs {
  target: Target;
  /** The slot that gets all the weight when the route is made; an existing route keeps its own. */
  activeSlot: Slot;
}

export interface RouteOutputs {
  target: Target;
  /** The live weights when last read: an unexpected change of them shows in a refresh. */
  weights: Weights;
}

/** Makes the live route exist, once, and deletes it last. Never moves the weights of a route that exists: only Cutover does. */
export class Route extends ThinResource {
  declare readonly weights: pulumi.Output<Weights>;

  constructor(name: string, inputs: RouteInputs, opts: pulumi.CustomResourceOptions) {
    super("Route", name, { ...inputs }, ["weights"], opts);
  }
}

export const routeHandler: Handler<RouteInputs, RouteOutputs> = {
  ignore: ["activeSlot"],
  async create({ target, activeSlot }) {
    const { weights } = await driverOf(target).makeRoute(activeSlot);
    return { id: `${target.stack}/${target.service}`, outs: { target, weights } };
  },
  async update({ target, activeSlot }) {
    const { weights } = await driverOf(target).makeRoute(activeSlot);
    return { target, weights };
  },
  async delete({ target }) {
    await driverOf(target).deleteRoute();
  },
  async read(olds) {
    const route = await driverOf(olds.target).readRoute();
    if (route === undefined) return undefined;
    const { weights } = route;
    if (weights.blue !== olds.weights.blue)
      console.log(`${olds.target.service}: the live route is ${describeWeights(weights)}`);
    return { ...olds, weights };
  },
};
