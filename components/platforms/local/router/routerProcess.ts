import { chmodSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { SLOTS, type Slot, describeWeights } from "../../../model/words";
import { startTimeOf } from "../process/identity";
import { runtimeDoor } from "../runtimeDoor";
import { AccessLog } from "./accessLog";
import {
  type RouterHealth,
  type Traffic,
  drainSchema,
  renewSchema,
  setSlotSchema,
  shutdownSchema,
  transactionSchema,
  writeRouteSchema,
} from "./api";
import { type ControlCall, type ControlTable, checked, controlServer } from "./control";
import { DataPath } from "./dataPath";
import { drain } from "./drain";
import { HealthChecks } from "./healthChecks";
import { type RouterIdentity, identityPath, livingRouter } from "./identity";
import { Listeners } from "./listeners";
import { metricsText } from "./metricsText";
import { Refusal, aborted, committed, renewed, withSlot, withWeights } from "./route";
import { RouteKeeper } from "./routeKeeper";
import type { RouterLog } from "./routerLog";
import { socketAddress } from "./socketAddress";
import { type RouteState, type RouterSettings, describeSlots, routerSettingsSchema } from "./state";
import { StateFile } from "./stateFile";
import { epochMs, followWallClock } from "./traffic";

export function controlSocketPath(dir: string): string {
  return join(dir, "router.sock");
}

/** The router of one service: its route, its ports and its control socket. */
export class RouterProcess {
  /** Resolves once a shutdown is complete. */
  readonly stopped: Promise<void>;
  private tellStopped: () => void = () => undefined;
  private stopping = false;
  private readonly accessLog: AccessLog;
  private readonly dataPath: DataPath;
  private readonly listeners: Listeners;
  private readonly health: HealthChecks;
  private readonly keeper: RouteKeeper;
  private readonly control: Server;
  /** Ports bound for settings that are being saved: used once they are. */
  private prepared: ((use: boolean) => void) | undefined;
  /** Faults in the handling of single requests that the process survived. */
  internalErrors = 0;

  private constructor(
    private readonly dir: string,
    private readonly log: RouterLog,
    private readonly identity: RouterIdentity,
    state: RouteState,
    file: StateFile,
  ) {
    this.stopped = new Promise((resolve) => (this.tellStopped = resolve));
    this.accessLog = new AccessLog(dir, log);
    this.dataPath = new DataPath(this.accessLog);
    this.listeners = new Listeners(this.dataPath, (request, response) => {
      const found = request.method === "GET" && request.url === "/metrics";
      (found ? this.metrics() : Promise.resolve("only GET /metrics is here\n"))
        .then((text) =>
          response.writeHead(found ? 200 : 404, { "content-type": "text/plain; version=0.0.4" }).end(text),
        )
        .catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    this.health = new HealthChecks(this.dataPath, log);
    this.keeper = new RouteKeeper(state, file, log, (next, previous) => this.apply(next, previous));
    this.control = controlServer(this.calls(), () => this.keeper.live, log);
  }

  /** Starts serving. @throws CorruptState, or an error that says what is in the way. */
  static async open(dir: string, log: RouterLog): Promise<RouterProcess> {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
    const file = new StateFile(dir);
    const state = file.read();
    if (state === undefined)
      throw new Error(`${file.path} does not exist: a router starts with the route it is given there`);
    await refuseSecondRouter(dir);
    const identity = {
      pid: process.pid,
      startTime: startTimeOf(process.pid) ?? "",
      startedAt: new Date().toISOString(),
    };
    const router = new RouterProcess(dir, log, identity, state, file);
    await router.serve(state.settings);
    return router;
  }

  private async serve(settings: RouterSettings): Promise<void> {
    await this.keeper.open();
    const use = await this.listeners.prepare(settings);
    try {
      await this.listenForControl();
    } catch (error) {
      use(false);
      throw error;
    }
    use(true);
    await writeFileAtomic(identityPath(this.dir), `${JSON.stringify(this.identity)}\n`, { mode: 0o600 });
    const { weights, revision, slots } = this.keeper.live;
    this.log.info(
      `pid ${process.pid} serves ${settings.service} on ${settings.host}:${this.listeners.ports.public ?? ""}: ` +
        `${describeWeights(weights)} at revision ${revision}; ${describeSlots(slots)}`,
    );
  }

  private listenForControl(): Promise<void> {
    const path = controlSocketPath(this.dir);
    rmSync(path, { force: true });
    return new Promise((resolve, reject) => {
      this.control.once("error", reject);
      this.control.listen(socketAddress(path), () => {
        chmodSync(path, 0o600);
        this.control.off("error", reject);
        resolve();
      });
    });
  }

  /** Stops accepting, lets what is under way finish for up to `graceMs`, cuts the rest. */
  async stop(graceMs: number): Promise<void> {
    if (this.stopping) return this.stopped;
    this.stopping = true;
    this.log.info(`stopping, with ${graceMs} ms for what is under way`);
    await this.listeners.close(graceMs);
    await this.health.close();
    await this.keeper.close();
    await this.accessLog.close();
    for (const slot of SLOTS) for (const upstream of this.dataPath.pools[slot].upstreams) upstream.retire();
    rmSync(identityPath(this.dir), { force: true });
    await new Promise<void>((resolve) => {
      this.control.close(() => resolve()); // removes the socket too
      this.control.closeIdleConnections();
      setTimeout(() => this.control.closeAllConnections(), 200).unref();
    });
    this.log.info("stopped");
    this.tellStopped();
  }

  private apply(next: RouteState, previous: RouteState): void {
    this.prepared?.(true);
    this.prepared = undefined;
    this.dataPath.apply(next);
    this.health.apply(next.settings);
    if (next.revision === previous.revision) return;
    this.dataPath.switches.written(next.revision, previous.weights, next.weights, this.writeReceivedAt);
    this.log.info(
      `revision ${next.revision}: ${describeWeights(previous.weights)} to ${describeWeights(next.weights)}` +
        (next.transaction === null ? "" : `, to be confirmed (${next.transaction.id})`) +
        (next.reason === "" ? "" : `: ${next.reason}`),
    );
  }
  private writeReceivedAt = 0;

  private calls(): ControlTable {
    return {
      "GET /health": () => this.describe(),
      "GET /route": () => this.keeper.live,
      "PUT /route": ({ body }) => this.writeRoute(body),
      "POST /route/renew": ({ body }) => {
        const { id, confirmWithinMs } = checked(renewSchema, body);
        return this.keeper.change((state, now) => renewed(state, id, confirmWithinMs, now));
      },
      "POST /route/commit": ({ body }) => {
        const { id } = checked(transactionSchema, body);
        return this.keeper.change((state) => committed(state, id));
      },
      "POST /route/abort": ({ body }) => {
        const { id } = checked(transactionSchema, body);
        return this.keeper.change((state, now) => this.at(now, aborted(state, id, now)));
      },
      "PUT /slots/": (call) => this.setSlot(call),
      "PUT /settings": ({ body }) => this.setSettings(body),
      "GET /traffic": () => this.traffic(),
      "POST /drain": (call) => this.drain(call),
      "GET /metrics": () => this.metrics(),
      "POST /shutdown": ({ body }) => {
        const { graceMs } = checked(shutdownSchema, body);
        void this.stop(graceMs);
        return { stopping: true };
      },
    };
  }

  private describe(): RouterHealth {
    const { settings } = this.keeper.live;
    return {
      ...this.identity,
      service: settings.service,
      host: settings.host,
      ports: this.listeners.ports,
      version: packageVersion(),
    };
  }

  private writeRoute(body: unknown): Promise<RouteState> {
    const received = Date.now();
    const change = checked(writeRouteSchema, body);
    return this.keeper.change((state, now) => this.at(received, withWeights(state, change, now)));
  }

  /** Remembers when a change arrived, for the times of the switch it makes. */
  private at(received: number, next: RouteState): RouteState {
    this.writeReceivedAt = received;
    return next;
  }

  private setSlot({ parameter, body }: ControlCall): Promise<RouteState> {
    if (parameter !== "blue" && parameter !== "green")
      throw new Refusal(404, `${parameter} is not a slot: blue or green`);
    const slot: Slot = parameter;
    const { force, ...upstreams } = checked(setSlotSchema, body);
    return this.keeper.change((state) => withSlot(state, slot, upstreams, force));
  }

  private async setSettings(body: unknown): Promise<RouteState> {
    const patch = checked(z.record(z.string(), z.unknown()), body);
    try {
      return await this.keeper.exclusively(async (state) => {
        const timeouts = { ...state.settings.upstreamTimeouts, ...(patch["upstreamTimeouts"] as object | undefined) };
        const settings = checked(routerSettingsSchema, { ...state.settings, ...patch, upstreamTimeouts: timeouts });
        this.prepared = await this.listeners.prepare(settings);
        return { ...state, settings };
      });
    } catch (error) {
      this.prepared?.(false); // bound, but the settings could not be saved
      this.prepared = undefined;
      throw error;
    }
  }

  private traffic(): Traffic {
    followWallClock();
    const switches = this.dataPath.switches.view();
    return {
      at: epochMs(performance.now()),
      slots: { blue: this.dataPath.pools.blue.counters.view(), green: this.dataPath.pools.green.counters.view() },
      lastWrite: switches.at(-1) ?? null,
      switches,
      sockets: this.listeners.sockets,
      rss: process.memoryUsage.rss(),
    };
  }

  private drain({ body, signal }: ControlCall): Promise<unknown> {
    const { slot, deadlineMs } = checked(drainSchema, body);
    const weight = (): number => this.keeper.live.weights[slot];
    if (weight() > 0) throw new Refusal(409, `${slot} serves ${weight()} % of the traffic and cannot be drained`);
    return drain(this.dataPath.pools[slot], deadlineMs, weight, signal);
  }

  private metrics(): Promise<string> {
    return metricsText(this.dataPath, this.keeper.live, this.listeners.sockets, this.internalErrors);
  }
}

/** @throws when another router lives in this folder. A socket that nobody listens on is left over from a killed one. */
async function refuseSecondRouter(dir: string): Promise<void> {
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(socketAddress(controlSocketPath(dir)));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
  if (answers) throw new Error(`a router already runs in ${dir} (pid ${livingRouter(dir)?.pid ?? "unknown"})`);
}

function packageVersion(): string {
  const text = readFileSync(join(dirname(runtimeDoor()), "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
