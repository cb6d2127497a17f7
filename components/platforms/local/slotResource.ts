import { rm } from "node:fs/promises";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type { Release } from "../../model/release";
import type { Slot } from "../../model/words";
import type { Handler } from "../../resources/handler";
import type { Target } from "../../resources/inputs";
import { ThinResource } from "../../resources/thin";
import { layoutOf, localSettings } from "./layout";
import { LocalDriver } from "./driver";
import { digestOf } from "./releases/digest";
import { snapshotPath, takeSnapshot } from "./releases/snapshot";
import { RouterClient, RouterGone } from "./router/client";
import { stopSupervisor, supervisorStatus } from "./supervisor/client";
import { STATUS_FILE } from "./supervisor/status";
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
  /** Added by `check`: whether the slot's processes are looked after. */
  found?: "running" | "gone";
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
    const status = await supervisorStatus(layoutOf(localSettings(news.target)).slot(news.slot));
    return { inputs: { ...news, found: status?.supervisorAlive === true ? "running" : "gone" } };
  },
  ignore: ["source", "exclude", "secrets", "found"],
  due: (news) => news.found === "gone",
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
  // Replicas, command and log settings count too: the same release may be wanted in another size.
  const fingerprint = `${release.id}/${replicas}/${news.logs.maxBytes}/${news.logs.keep}`;
  if (before !== undefined && before.fingerprint !== fingerprint) await refuseLive(news, before.release);
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
  const instances = status.instances.map(({ host, port }) => ({ host, port }));
  await router.setSlot(slot, { release: release.id, instances, force: true });
}

/** The last fence of "the live slot never changes in place": Plan said no already, unless it was left out by `--target`. */
async function refuseLive({ target, slot, release }: LocalSlotInputs, running: string): Promise<void> {
  if (running === release.id) return;
  const driver = new LocalDriver(target);
  const [route, records] = await Promise.all([driver.readRoute(), driver.records()]);
  const weight = route?.weights[slot] ?? 0;
  if (weight === 0 || !records.some((record) => record.completion === "Promoted")) return;
  throw new Error(
    `${slot} serves ${weight} % of the traffic with release ${running}; it is not replaced in place by ${release.id}. ` +
      `Put the new release in the other slot and set activeSlot to it.`,
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
