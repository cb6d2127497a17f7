import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { livingRouter } from "../../components/platforms/local/router/identity";
import { RouterProcess } from "../../components/platforms/local/router/routerProcess";
import { socketAddress } from "../../components/platforms/local/router/socketAddress";
import { routerIsAlive, startRouter, stopRouter } from "../../components/platforms/local/router/start";
import { RouterFolder, RouterRig, errorOf } from "../support/routerRig";
import { eventually } from "../support/eventually";

const silent = { info: () => undefined, error: () => undefined };
const GREEN = { blue: 0, green: 100 };
const BLUE = { blue: 100, green: 0 };

describe("the router as a process", () => {
  let rig: RouterRig;
  let folder: RouterFolder;
  beforeEach(() => {
    rig = new RouterRig();
    folder = new RouterFolder();
  });
  afterEach(async () => {
    await folder.close();
    await rig.close();
  });

  async function start(more = {}): Promise<number> {
    const [blue, green] = await Promise.all([rig.app("blue"), rig.app("green")]);
    const health = await startRouter(folder.dir, rig.settings(more), {
      weights: BLUE,
      slots: {
        blue: { release: "blue-1", instances: [blue.instance] },
        green: { release: "green-1", instances: [green.instance] },
      },
    });
    return health.ports.public ?? 0;
  }
  async function killHard(): Promise<void> {
    const identity = livingRouter(folder.dir);
    if (identity === undefined) throw new Error("no router lives");
    process.kill(identity.pid, "SIGKILL");
    await eventually("its end", () => livingRouter(folder.dir) === undefined);
  }
  const restart = async (): Promise<number> =>
    (await startRouter(folder.dir, rig.settings(), { weights: BLUE, slots: noSlots })).ports.public ?? 0;
  const none = { release: "", instances: [] };
  const noSlots = { blue: none, green: none };

  it("starts once, is found by the next caller, and stops when told", async () => {
    const port = await start();
    expect(await rig.text("/", {}, port)).to.equal("blue");
    const { pid } = await folder.client.health();
    expect(pid).not.to.equal(process.pid);
    expect(await restart()).to.equal(port);
    expect((await folder.client.health()).pid).to.equal(pid);
    expect(await routerIsAlive(folder.dir)).to.equal(true);
    await stopRouter(folder.dir, 1000);
    expect(await routerIsAlive(folder.dir)).to.equal(false);
    expect(existsSync(join(folder.dir, "router.pid.json"))).to.equal(false);
    expect(existsSync(join(folder.dir, "router.sock"))).to.equal(false);
    await stopRouter(folder.dir, 1000);
  });

  it("comes back after kill -9 with the last committed route", async () => {
    await start();
    await folder.client.writeRoute({ expectedRevision: 1, weights: GREEN });
    await killHard();
    expect(await routerIsAlive(folder.dir)).to.equal(false);
    const port = await restart();
    expect(await folder.client.route()).to.deep.include({ weights: GREEN, revision: 2 });
    expect(await rig.text("/", {}, port)).to.equal("green");
  });

  it("falls back after kill -9 when the open transaction ran out meanwhile, and later when it did not", async () => {
    await start();
    const transaction = { id: "t1", confirmWithinMs: 1 };
    await folder.client.writeRoute({
      expectedRevision: 1,
      weights: GREEN,
      transaction: { id: "t1", confirmWithinMs: 600_000 },
    });
    await killHard();
    await restart();
    expect((await folder.client.route()).weights, "still in time").to.deep.equal(GREEN);
    await folder.client.renew("t1", 2500);
    await killHard();
    const port = await restart();
    const live = await eventually("the fallback", async () => {
      const view = await folder.client.route();
      return view.transaction === null && view;
    });
    expect(live).to.deep.include({ weights: BLUE, revision: 3 });
    expect(live.lastFallback).to.deep.include({ transaction: transaction.id, cause: "expired" });
    expect(await rig.text("/", {}, port)).to.equal("blue");
  });

  it("refuses to start on a route it cannot read, names the file and says what to do", async () => {
    await start();
    await folder.client.writeRoute({ expectedRevision: 1, weights: GREEN });
    await stopRouter(folder.dir, 0);
    const path = join(folder.dir, "route.json");
    const backup = JSON.parse(readFileSync(`${path}.bak`, "utf8")) as object;
    expect(backup).to.deep.include({ weights: BLUE, revision: 1 });
    for (const [damage, found] of [
      ['{"version":1,"weights":{"blue":100', "JSON"],
      ["", "it is empty"],
      [readFileSync(path, "utf8").replace('"green": 100', '"green": 60'), "weights must add up to 100"],
    ] as const) {
      writeFileSync(path, damage);
      const error = await errorOf(restart());
      expect(error.message).to.include(path).and.to.include(found).and.to.include(`${path}.bak`);
    }
    // The process refuses by itself too, whoever starts it.
    const own = await errorOf(RouterProcess.open(folder.dir, silent));
    expect(own.message).to.include("The router does not start");
    writeFileSync(path, JSON.stringify(backup));
    await restart();
    expect((await folder.client.route()).weights).to.deep.equal(BLUE);
  });

  it("says that the port is in use when it cannot start, and starts once it is free", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as AddressInfo;
    const error = await errorOf(start({ port }));
    expect(error.message).to.include(`port ${port} on 127.0.0.1 is in use`);
    expect(readFileSync(join(folder.dir, "router.log"), "utf8")).to.include(`port ${port} on 127.0.0.1 is in use`);
    expect(await routerIsAlive(folder.dir)).to.equal(false);
    await new Promise((resolve) => blocker.close(resolve));
    expect(await restart()).to.equal(port);
  });

  it("lets a second router in the same folder know of the first", async () => {
    const blue = await rig.app("blue");
    await rig.start({ blue: [blue.instance] });
    expect((await errorOf(RouterProcess.open(rig.dir, silent))).message).to.match(
      /a router already runs in .* \(pid \d+\)/,
    );
    expect(await rig.text()).to.equal("blue");
  });

  it("finishes what is under way when it is shut down, and cuts it when the grace is over", async () => {
    const held: (() => void)[] = [];
    const slow = await rig.app("", (_, response) => held.push(() => response.end("done")));
    await rig.start({ blue: [slow.instance] });
    const request = rig.text();
    await eventually("the request to arrive", () => held.length === 1);
    await rig.client.shutdown(60_000);
    await eventually("new connections to be refused", async () =>
      rig.raw().then(
        ({ socket }) => {
          socket.destroy();
          return false;
        },
        () => true,
      ),
    );
    held[0]?.();
    expect(await request).to.equal("done");
    await rig.router?.stopped;
    await rig.open();
    const cut = rig.text().catch(() => "cut");
    await eventually("the next request to arrive", () => held.length === 2);
    await rig.client.shutdown(50);
    expect(await cut).to.equal("cut");
    await rig.router?.stopped;
  });

  it("can be controlled in a folder whose path is longer than a socket's may be", async () => {
    const deep = join(folder.dir, "a".repeat(60), "b".repeat(60));
    mkdirSync(deep, { recursive: true });
    const address = socketAddress(join(deep, "router.sock"));
    expect(Buffer.byteLength(address)).to.be.lessThan(104);
    try {
      const server = createServer((_, response) => response.end());
      await new Promise<void>((resolve) => server.listen(address, resolve));
      expect(existsSync(join(deep, "router.sock"))).to.equal(true);
      await new Promise((resolve) => server.close(resolve));
    } finally {
      rmSync(join(address, ".."), { force: true });
    }
  });

  it("writes an access log without queries, and none when it is off", async () => {
    const blue = await rig.app("blue");
    await rig.start({ blue: [blue.instance] }, { accessLog: true });
    const path = join(rig.dir, "access.log");
    await rig.text("/path?token=hidden");
    const text = await eventually("a line", () => (existsSync(path) && readFileSync(path, "utf8")) || undefined);
    expect(text).to.match(/^\S+Z 127\.0\.0\.1 GET \/path 200 blue \d+\.\dms\n$/);
    await rig.client.setSettings({ accessLog: false });
    await rig.text("/later");
    await rig.client.shutdown(0);
    await rig.router?.stopped;
    expect(readFileSync(path, "utf8")).to.equal(text);
  });
});
