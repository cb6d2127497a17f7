import type * as pulumi from "@pulumi/pulumi";
import type { Config } from "../config/schema";
import type { Release } from "../model/release";
import type { Slot } from "../model/words";
import type { Target } from "../resources/inputs";
import type { Driver } from "./driver";

/** A platform is one folder with two halves: what it declares, in the program, and what it does at run time, its driver. */
export interface Platform {
  readonly name: string;
  /** Where the driver will find it. Plain, so that it can be an input of the dynamic resources. */
  target(config: Config, stack: string): Target;
  /** The release that a slot's config stands for. `secretsHash` stands for the secret values. */
  release(config: Config, slot: Slot, secretsHash: string): Promise<Release>;
  /** What the route needs before it can exist, such as a load balancer or a router. */
  declareBase(context: DeclareContext): pulumi.Resource[];
  /** The workloads of one slot. */
  declareSlot(context: DeclareContext & SlotContext): pulumi.Resource[];
  addresses(config: Config): Addresses;
  driver(target: Target): Driver;
}

export interface DeclareContext {
  name: string;
  config: Config;
  target: Target;
  opts: pulumi.CustomResourceOptions;
}

export interface SlotContext {
  slot: Slot;
  release: pulumi.Output<Release>;
  /** Secret variables of the service and the slot together. */
  secrets: pulumi.Output<Record<string, string>>;
}

export interface Addresses {
  /** Public. */
  url: string;
  /** Reaches the idle slot. */
  previewUrl: string;
  /** Each slot's own address. */
  slots: Record<Slot, string>;
}
