import { runGate } from "../../components/gates/gate";
import type { Evidence } from "../../components/gates/evidence";
import { parseDuration } from "../../components/config/duration";
import { systemClock } from "../../components/model/clock";
import { serving, type Slot } from "../../components/model/words";
import type { Driver } from "../../components/platforms/driver";
import { Failure } from "../failure";
import { openStack } from "../openStack";
import type { StackOptions } from "../options";

export interface HealthCheckOptions extends StackOptions {
  /** @default the slot that serves */
  slot?: Slot;
  /** How long a slot may take to become ready, such as `30s`. @default 5s, or the gate's deadline where that is shorter */
  wait?: string;
  /** Only whether every instance is ready and is who it should be; no smoke requests, limits or logs. @default false */
  readiness?: boolean;
}

export interface HealthCheckResult extends Evidence {
  healthy: boolean;
}

const WAIT_MS = 5_000;

/**
 * Asks a slot what the gate would ask of the release it runs. Nothing is changed, and the evidence lets no traffic move; but smoke
 * requests are sent as they are configured.
 */
export async function healthCheck(options: HealthCheckOptions = {}): Promise<HealthCheckResult> {
  const wait = options.wait === undefined ? undefined : parseDuration(options.wait);
  if (options.wait !== undefined && wait === undefined) {
    throw new Failure("usage", `--wait: found ${options.wait}; wanted a duration such as 500ms, 30s or 5m`);
  }
  const { config, driver, settings } = await openStack(options);
  const slot = options.slot ?? (await serves(driver)) ?? config.activeSlot;
  const wanted = config[slot];
  if (wanted === undefined)
    throw new Failure("refused", `${slot} has no release in the config, so there is nothing to ask.`);
  const { release } = await driver.condition(slot);
  const gate = { ...settings.gate, deadlineMs: wait ?? Math.min(WAIT_MS, settings.gate.deadlineMs) };
  const scope = options.readiness === true ? "readiness" : "full";
  const evidence = await runGate(driver, { slot, release, replicas: wanted.replicas }, gate, scope, systemClock);
  return { healthy: evidence.verdict === "pass", ...evidence };
}

/** Undefined also where the route cannot be told: what that means is `status`'s business. */
async function serves(driver: Driver): Promise<Slot | undefined> {
  const route = await driver.readRoute().catch(() => undefined);
  return route === undefined ? undefined : serving(route.weights);
}
