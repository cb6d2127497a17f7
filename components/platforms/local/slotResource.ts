import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { Release } from "../../model/release";
import type { Slot } from "../../model/words";
import type { Handler } from "../../resources/handler";
import type { Target } from "../../resources/inputs";
import { ThinResource } from "../../resources/thin";
import { layoutOf, localSettings, type Layout } from "./layout";
import { LocalDriver } from "./driver";
import { digestOf } from "./releases/digest";
import { snapshotPath, takeSnapshot } from "./releases/snapshot";
import { RouterClient, RouterGone } from "./router/client";
import type { SlotUpstreams } from "./router/state";
import { StateFile } from "./router/stateFile";
import { stopSupervisor, supervisorStatus, type SupervisorView } from "./supervisor/client";
import { STATUS_FILE, type SupervisorStatus } from "./supervisor/status";
import { startSupervisor } from "./supervisor/startSupervisor";

export interface LocalSlotInputs {
  target: Target;
  slot: Slot;
  release: Release;
  replicas: number;
  command: string[];
  /** Where the release's files are taken from, unless a snapshot of them is there already. */
  source: string;
  exclude: string[];
  environment: Record<string, string>;
  /** A secret input. Part of the release's `configHash`, so a change of it is a new release. */
  secrets: Record<string, string>;
  logs: { maxBytes: number; keep: number };
  /** Added by `check`: whether the slot's processes are looked after, and the router knows them as they are. */
  found?: "running" | "gone" | "unrouted";
}

interface LocalSlotOutputs {
  target: Target;
  slot: Slot;
  release: string;
}

/** The processes of one slot. They outlive the deployment, and a supervisor restarts the ones that crash. */
export class LocalSlot extends ThinResource {
  constructor(
    name: string,
    inputs: { [K in keyof LocalSlotInputs]: pulumi.Input<LocalSlotInputs[K]> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super("LocalSlot", name, { ...inputs }, [], opts);
  }
}

export const slotHandler: Handler<LocalSlotInputs, LocalSlotOutputs> = {
  async check(news) {
    const layout = layoutOf(localSettings(news.target));
    const status = await supervisorStatus(layout.slot(news.slot));
    if (status?.supervisorAlive !== true) {
      if (status === undefined || !(await servesAlone(news, status))) return { inputs: { ...news, found: "gone" } };
      console.log(
        `${news.target.service}: the supervisor of ${news.slot} is gone, and its instances serve on: they are left as they are, ` +
          `since starting them anew would cost requests. Nobody restarts one that crashes. Switch to the other slot to mend it.`,
      );
      return { inputs: { ...news, found: "running" } };
    }
    const refusal = await changedInPlace(news, status);
    if (refusal !== undefined) {
      return { inputs: { ...news, found: "running" }, failures: [{ property: "replicas", reason: refusal }] };
    }
    const routed = await routedAs(layout, news.slot);
    const isRouted = routed === undefined || isDeepStrictEqual(routed, upstreamsOf(status));
    return { inputs: { ...news, found: isRouted ? "running" : "unrouted" } };
  },
  ignore: ["source", "exclude", "secrets", "found"],
  due: (news) => news.found !== "running",
  async create(news) {
    await converge(news);
    return { id: `${news.target.stack}/${news.target.service}/${news.slot}`, outs: outsOf(news) };
  },
  async update(news) {
    await converge(news);
    return outsOf(news);
  },
  async delete(olds) {
    await remove(olds.target, olds.slot);
  },
};

const outsOf = ({ target, slot, release }: LocalSlotInputs): LocalSlotOutputs => ({
  target,
  slot,
  release: release.id,
});

async function converge(news: LocalSlotInputs): Promise<void> {
  const { target, slot, release, replicas } = news;
  const settings = localSettings(target);
  const layout = layoutOf(settings);
  const directory = layout.slot(slot);
  const router = new RouterClient(`${layout.router}/router.sock`);
  const before = await supervisorStatus(directory);
  const fingerprint = fingerprintOf(news);
  const refusal = before?.supervisorAlive === true ? await changedInPlace(news, before) : undefined;
  if (refusal !== undefined) throw new Error(refusal);
  const snapshot =
    snapshotPath(layout.store, release.artefact) ??
    (await takeSnapshot(layout.store, news.source, release.artefact, news.exclude));
  if (before !== undefined && (before.fingerprint !== fingerprint || !before.supervisorAlive)) {
    await stopSupervisor(directory, settings.stopMs);
  }
  const status = await startSupervisor(directory, {
    service: target.service,
    slot,
    release: release.id,
    fingerprint,
    command: news.command,
    directory: snapshot,
    environment: news.environment,
    secrets: news.secrets,
    host: settings.host,
    port: settings.ports[slot],
    replicas,
    stopDeadlineMs: settings.stopMs,
    backoff: { initialMs: 500, maxMs: 30_000, resetAfterMs: 60_000 },
    logs: news.logs,
  });
  await router.setSlot(slot, { ...upstreamsOf(status), force: true });
}

const upstreamsOf = ({ release, instances }: SupervisorStatus): SlotUpstreams => ({
  release,
  instances: instances.map(({ host, port }) => ({ host, port })),
});

/** What the router knows of a slot, or will know when it is started; a state file put back by hand may be old. */
async function routedAs(layout: Layout, slot: Slot): Promise<SlotUpstreams | undefined> {
  try {
    return (await new RouterClient(`${layout.router}/router.sock`).route()).slots[slot];
  } catch (error) {
    if (!(error instanceof RouterGone)) throw error;
    return new StateFile(layout.router).read()?.slots[slot];
  }
}

/** Whether instances without a supervisor carry traffic with the release that is wanted. */
async function servesAlone({ target, slot, release }: LocalSlotInputs, status: SupervisorView): Promise<boolean> {
  if (status.release !== release.id || !status.instances.every(({ state }) => state === "running")) return false;
  const route = await new LocalDriver(target).readRoute();
  return (route?.weights[slot] ?? 0) > 0;
}

/** The same release may be wanted in another size. New log settings count from the next start on. */
const fingerprintOf = ({ release, replicas }: LocalSlotInputs) => `${release.id}/${replicas}`;

/**
 * Why this slot may not be started anew: it serves. Plan said no to another release already, unless it was left out by
 * `--target`; another size is this platform's own matter, since a supervisor keeps the size it was started with.
 */
async function changedInPlace(news: LocalSlotInputs, before: SupervisorStatus): Promise<string | undefined> {
  const { target, slot, release, replicas } = news;
  if (before.fingerprint === fingerprintOf(news)) return undefined;
  const driver = new LocalDriver(target);
  const [route, records] = await Promise.all([driver.readRoute(), driver.records()]);
  const weight = route?.weights[slot] ?? 0;
  if (weight === 0 || !records.some((record) => record.completion === "Promoted")) return undefined;
  const serves = `${slot} serves ${weight} % of the traffic with ${before.instances.length} × release ${before.release}`;
  return (
    `${serves}; it is not started anew in place as ${replicas} × ${release.id}. Nothing was touched. ` +
    `Put what you want in the other slot and set activeSlot to it.`
  );
}

async function remove(target: Target, slot: Slot): Promise<void> {
  const settings = localSettings(target);
  const layout = layoutOf(settings);
  try {
    const router = new RouterClient(`${layout.router}/router.sock`);
    await router.setSlot(slot, { release: "", instances: [], force: true });
  } catch (error) {
    // A router that is gone sends nothing to this slot any more.
    if (!(error instanceof RouterGone)) throw error;
  }
  await stopSupervisor(layout.slot(slot), settings.stopMs);
  await rm(join(layout.slot(slot), STATUS_FILE), { force: true });
}

/** The artefact of a folder: its content hash. */
export const artefactOf = digestOf;
