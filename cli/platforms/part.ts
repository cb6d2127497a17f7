import type { Config } from "../../components/config/schema";
import type { Slot, Weights } from "../../components/model/words";
import type { Target } from "../../components/resources/inputs";

/** What the command line does with a platform beside its driver. */
export interface CommandLinePart {
  /** The target and the config with every path absolute: the command line may stand in another folder than the program. */
  rooted(target: Target, config: Config, folder: string): { target: Target; config: Config };
  operations(target: Target): Operations;
}

/** Each may be missing: the platform then has no such thing, and the verb says that it is not supported. */
export interface Operations {
  /** Stops the processes of a slot that does not serve. Returns what happened in a sentence. */
  stopSlot?: (slot: Slot) => Promise<string>;
  /** Stops and starts each instance of a slot, one after the other. */
  restartSlot?: (slot: Slot) => Promise<string>;
  /** Removes stored releases but these (`sha256:…`) and what still runs; returns those that were removed. */
  pruneReleases?: (keep: readonly string[]) => Promise<string[]>;
  route?: RouteStore;
}

/** What the platform keeps of the route on its own, and how that is mended. */
export interface RouteStore {
  inspect(): Promise<StoredRoute>;
  /** Writes what is kept anew: from the running router's memory, from its last state but one, or with these weights. */
  restore(from: "memory" | "backup" | Weights): Promise<void>;
}

export interface StoredRoute {
  /** Where it is kept. */
  path: string;
  state: "sound" | "missing" | "damaged";
  /** What is wrong, for people. */
  problem?: string;
  /** The router runs, so its memory is right whatever is on disk. */
  running: boolean;
  /** What the state before the last write says; absent when it is not there or damaged too. */
  backup?: { weights: Weights; changedAt: string };
}
