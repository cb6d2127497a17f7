import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { resolve, sep } from "node:path";
import { SLOTS, type Weights } from "../../components/model/words";
import { layoutOf, localSettings, type Layout, type LocalSettings } from "../../components/platforms/local/layout";
import { pruneSnapshots } from "../../components/platforms/local/releases/snapshot";
import { routerClient, routerIsAlive } from "../../components/platforms/local/router/start";
import {
  firstState,
  routeStateSchema,
  type RouteState,
  type SlotUpstreams,
} from "../../components/platforms/local/router/state";
import { CorruptState, StateFile } from "../../components/platforms/local/router/stateFile";
import {
  restartSupervisor,
  stopSupervisor,
  supervisorStatus,
} from "../../components/platforms/local/supervisor/client";
import type { Target } from "../../components/resources/inputs";
import type { CommandLinePart, RouteStore, StoredRoute } from "./part";

/** The local platform for the command line: supervisors, snapshots and the router's file on this machine. */
export const local: CommandLinePart = {
  rooted(target, config, folder) {
    const { directory, store } = localSettings(target);
    const settings = { ...target.settings, directory: resolve(folder, directory), store: resolve(folder, store) };
    const rooted = { ...config };
    for (const slot of SLOTS) {
      const wanted = config[slot];
      if (wanted !== undefined) rooted[slot] = { ...wanted, directory: resolve(folder, wanted.directory ?? ".") };
    }
    return { target: { ...target, settings }, config: rooted };
  },

  operations(target) {
    const settings = localSettings(target);
    const layout = layoutOf(settings);
    return {
      async stopSlot(slot) {
        const { exited, killed } = await stopSupervisor(layout.slot(slot), settings.stopMs);
        if (exited + killed === 0) return "nothing ran there";
        return `${exited} instance(s) stopped by themselves, ${killed} had to be killed`;
      },
      async restartSlot(slot) {
        const { instances } = await restartSupervisor(layout.slot(slot));
        return `${instances.length} instance(s) were started anew`;
      },
      pruneReleases: (keep) => pruneSnapshots(layout.store, [...keep, ...inUse(layout.store)]),
      route: routeStore(target, settings, layout),
    };
  },
};

/**
 * Snapshots that processes of this machine stand in. They may belong to a stack of another backend, whose state cannot be asked.
 * Only Linux tells without further rights; elsewhere the states alone decide.
 */
function inUse(store: string): string[] {
  if (process.platform !== "linux") return [];
  const found = new Set<string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    let folder: string;
    try {
      folder = readlinkSync(`/proc/${pid}/cwd`);
    } catch {
      // It has ended meanwhile, or is another user's, who cannot use this store.
      continue;
    }
    const [name] = folder.startsWith(store + sep) ? folder.slice(store.length + 1).split(sep) : [];
    if (name !== undefined && /^[0-9a-f]{64}$/.test(name)) found.add(`sha256:${name}`);
  }
  return [...found];
}

function routeStore(target: Target, settings: LocalSettings, layout: Layout): RouteStore {
  const file = new StateFile(layout.router);
  const client = routerClient(layout.router);
  return {
    async inspect() {
      const found: StoredRoute = { path: file.path, state: "sound", running: await routerIsAlive(layout.router) };
      try {
        if (file.read() === undefined) found.state = "missing";
      } catch (error) {
        if (!(error instanceof CorruptState)) throw error;
        found.state = "damaged";
        found.problem = error.message.split("\n")[0] ?? error.message;
      }
      const backup = readBackup(file);
      if (backup !== undefined) found.backup = { weights: backup.weights, changedAt: backup.changedAt };
      return found;
    },

    async restore(from) {
      if (from === "memory") {
        // Twice: each write keeps the file before it as the backup, and the first one finds the damaged file.
        await client.setSettings({});
        await client.setSettings({});
        return;
      }
      const backup = readBackup(file);
      const state = from === "backup" ? backup : await stateWith(from, backup, target, settings, layout);
      if (state === undefined) throw new Error(`${file.path}.bak cannot be used`);
      await file.write(state);
      await file.write(state);
    },
  };
}

/** The state before the last write, as it would have ended: a change that nobody confirms any more falls back. */
function readBackup(file: StateFile): RouteState | undefined {
  const path = `${file.path}.bak`;
  if (!existsSync(path)) return undefined;
  let state: RouteState | undefined;
  try {
    state = routeStateSchema.safeParse(JSON.parse(readFileSync(path, "utf8"))).data;
  } catch {
    // Damaged as well; what is asked here is only whether it can be used.
    return undefined;
  }
  return state && { ...state, weights: state.transaction?.fallback ?? state.weights, transaction: null };
}

/** A route with these weights to the instances that run now. Other settings than the backup has come with `pulumi up`. */
async function stateWith(
  weights: Weights,
  backup: RouteState | undefined,
  target: Target,
  { host, port, previewPort }: LocalSettings,
  layout: Layout,
): Promise<RouteState> {
  const [blue, green] = await Promise.all(SLOTS.map((slot) => upstreams(layout.slot(slot))));
  const none = { release: "", instances: [] };
  const slots = { blue: blue ?? none, green: green ?? none };
  const settings = backup?.settings ?? { service: target.service, host, port, previewPort };
  const state = firstState(settings, { weights, slots }, new Date());
  return { ...state, revision: (backup?.revision ?? 0) + 1, reason: "repaired" };
}

async function upstreams(directory: string): Promise<SlotUpstreams> {
  const status = await supervisorStatus(directory);
  const instances = (status?.instances ?? []).filter(({ port }) => port > 0).map(({ host, port }) => ({ host, port }));
  return { release: status?.release ?? "", instances };
}
