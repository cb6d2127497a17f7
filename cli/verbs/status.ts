import { standbyOf, type CutoverRecord } from "../../components/model/record";
import { other, serving, SLOTS, type Slot } from "../../components/model/words";
import type { Condition, Driver, SlotTraffic } from "../../components/platforms/driver";
import type { PlannedRelease, SwitchInputs } from "../../components/resources/inputs";
import { situation } from "../../components/resources/live";
import { messageOf } from "../failure";
import { openStack, plannedRelease, type OpenStack } from "../openStack";
import type { StackOptions } from "../options";
import { recommend } from "../recommendations";
import { runningCutover, runningOf, type RunningCutover } from "../running";
import type { RouteStatus, SlotStatus, StandbyStatus, Status } from "../status";

/** What a status is made of: a stack, or what stands for one. */
export interface Watched extends Pick<
  OpenStack,
  "stackName" | "config" | "target" | "settings" | "addresses" | "driver"
> {
  /** The release that a slot's config stands for. May throw: the files may be gone. */
  planned: (slot: Slot) => Promise<PlannedRelease | undefined>;
}

/** How both slots and the route are, and what to do about it. Asks the platform only: no engine, and nothing is changed. */
export async function status(options: StackOptions = {}): Promise<Status> {
  const opened = await openStack(options);
  return collect({ ...opened, planned: (slot) => plannedRelease(opened, slot) });
}

/** @param now milliseconds since the epoch */
export async function collect(watched: Watched, now = Date.now()): Promise<Status> {
  const { config, driver, settings, addresses, stackName } = watched;
  const [traffic, conditions, history] = await Promise.all([
    driver.traffic().catch((error: unknown) => messageOf(error)),
    Promise.all(SLOTS.map((slot) => conditionOf(driver, slot))),
    driver.records().catch((error: unknown) => messageOf(error)),
  ]);
  const records = typeof history === "string" ? [] : history;
  const route = await routeStatus(driver, typeof traffic === "string" ? traffic : undefined);
  const standby = standbyStatus(records, settings.rollbackWindowMs, now);
  const planned = await plannedReleases(watched);
  const slots = {} as Record<Slot, SlotStatus>;
  for (const [i, slot] of SLOTS.entries()) {
    const seen = typeof traffic === "string" ? undefined : traffic[slot];
    const condition = conditions[i] ?? { slot, release: "", wanted: 0, instances: [] };
    const wantedRelease = planned?.[slot]?.id ?? null;
    slots[slot] = { ...slotStatus(watched, condition, seen), role: roleOf(slot, route, standby), wantedRelease };
  }
  const found = planned === undefined ? undefined : await next(watched, planned, now);
  const facts = {
    service: config.service,
    stack: stackName,
    platform: config.platform,
    url: addresses.url,
    previewUrl: addresses.previewUrl,
    activeSlot: config.activeSlot,
    route,
    slots,
    pending: found?.pending ?? null,
    drift: found?.drift ?? null,
    lastCutover: records[0] ?? null,
    running: await runningStatus(watched, records, now),
    historyProblem: typeof history === "string" ? history : null,
    standby,
  };
  const recommendations = recommend(facts);
  return { ...facts, recommendations, healthy: recommendations.every(({ severity }) => severity !== "critical") };
}

async function routeStatus(driver: Driver, down: string | undefined): Promise<RouteStatus> {
  try {
    const route = await driver.readRoute();
    if (route === undefined) return { state: "none" };
    const { weights, revision, transaction } = route;
    const slot = serving(weights);
    return {
      state: down === undefined ? "live" : "down",
      weights,
      ...(slot === undefined ? {} : { serving: slot }),
      revision,
      ...(down === undefined ? {} : { problem: down }),
      ...(transaction === undefined
        ? {}
        : { transaction: { ...transaction, expiresAt: new Date(transaction.expiresAt).toISOString() } }),
    };
  } catch (error) {
    return { state: "unreadable", problem: messageOf(error) };
  }
}

async function conditionOf(driver: Driver, slot: Slot): Promise<Condition> {
  try {
    return await driver.condition(slot);
  } catch (error) {
    return { slot, release: "", wanted: 0, instances: [], problem: messageOf(error) };
  }
}

function slotStatus(
  { config, addresses }: Watched,
  { slot, release, wanted, instances, problem }: Condition,
  seen: SlotTraffic | undefined,
): Omit<SlotStatus, "role" | "wantedRelease"> {
  const running = instances.filter((instance) => instance.running);
  const sum = (values: (number | undefined)[]) =>
    values.some((value) => value !== undefined) ? values.reduce<number>((all, value) => all + (value ?? 0), 0) : null;
  const failing = instances.filter((instance) => !instance.running);
  return {
    configured: config[slot]?.version ?? null,
    release,
    running: running.length,
    wanted: config[slot]?.replicas ?? wanted,
    restarts: instances.reduce((all, instance) => all + instance.restarts, 0),
    memoryMiB: sum(running.map((instance) => instance.memoryMiB)),
    cpuPercent: sum(running.map((instance) => instance.cpuPercent)),
    requests: seen?.requests ?? null,
    failed: seen?.failed ?? null,
    inFlight: seen?.inFlight ?? null,
    address: instances[0]?.address ?? addresses.slots[slot],
    problems: [
      ...(problem === undefined ? [] : [problem]),
      ...failing.map((instance) => `${instance.name}: ${instance.problem ?? "not running"}`),
    ],
  };
}

function roleOf(slot: Slot, route: RouteStatus, standby: StandbyStatus | null): SlotStatus["role"] {
  if (route.serving === slot) return "active";
  return standby?.slot === slot && standby.leftMs > 0 && route.serving === other(slot) ? "standby" : "idle";
}

async function runningStatus(
  { driver, settings }: Watched,
  records: CutoverRecord[],
  now: number,
): Promise<RunningCutover | null> {
  const record = runningOf(records);
  if (record === undefined) return null;
  // One that cannot be read is no yes, so that the cutover goes on asking, and says itself what is wrong with it.
  const decisions = await driver.decisions.read(record.id).catch(() => []);
  return runningCutover(record, settings.approval, decisions, now);
}

function standbyStatus(records: CutoverRecord[], windowMs: number, now: number): StandbyStatus | null {
  const standby = standbyOf(records);
  if (standby === undefined) return null;
  const { slot, release, since } = standby;
  const until = since + windowMs;
  const times = { since: new Date(since).toISOString(), until: new Date(until).toISOString() };
  return { slot, release, ...times, leftMs: Math.max(0, until - now) };
}

/** Undefined when they cannot be worked out, such as when the folder of one is gone. */
async function plannedReleases({ planned }: Watched): Promise<SwitchInputs["releases"] | undefined> {
  const releases: SwitchInputs["releases"] = {};
  try {
    for (const slot of SLOTS) {
      const release = await planned(slot);
      if (release !== undefined) releases[slot] = release;
    }
    return releases;
  } catch {
    return undefined;
  }
}

/** What the next update would do. Nothing is known of that while the route cannot be read. */
async function next(
  { driver, target, config, settings }: Watched,
  releases: SwitchInputs["releases"],
  now: number,
): Promise<{ pending: string; drift: string | null } | undefined> {
  try {
    const inputs = { target, activeSlot: config.activeSlot, releases, settings };
    const { transition, drift } = await situation(driver, inputs, now);
    return { pending: transition.kind, drift: drift === "none" ? null : drift };
  } catch {
    return undefined;
  }
}
