import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { RouterConflict, RouterGone, RouterRefused } from "../../components/platforms/local/router/client";
import { RouterRig, errorOf } from "../support/routerRig";
import { eventually } from "../support/eventually";

const BLUE = { blue: 100, green: 0 };
const GREEN = { blue: 0, green: 100 };

describe("the router's route", () => {
  let rig: RouterRig;
  beforeEach(() => (rig = new RouterRig()));
  afterEach(() => rig.close());

  async function startBoth(more = {}): Promise<void> {
    const [blue, green] = await Promise.all([rig.app("blue"), rig.app("green")]);
    await rig.start({ blue: [blue.instance], green: [green.instance] }, more);
  }
  const stored = (): { weights: unknown; revision: number } =>
    JSON.parse(readFileSync(join(rig.dir, "route.json"), "utf8")) as { weights: unknown; revision: number };

  it("sends every request by the new weights once a write was answered, and has it on disk by then", async () => {
    await startBoth();
    expect(await rig.text()).to.equal("blue");
    const view = await rig.client.writeRoute({ expectedRevision: 1, weights: GREEN, reason: "release 2" });
    expect(view).to.include({ revision: 2, reason: "release 2" });
    expect(stored()).to.deep.include({ weights: GREEN, revision: 2 });
    for (let i = 0; i < 20; i++) expect(await rig.text()).to.equal("green");
  });

  it("splits traffic exactly by the weights", async () => {
    await startBoth();
    await rig.client.writeRoute({ expectedRevision: 1, weights: { blue: 75, green: 25 } });
    const answers = await Promise.all(Array.from({ length: 100 }, () => rig.text()));
    expect(answers.filter((name) => name === "green")).to.have.length(25);
  });

  for (const percent of [5, 10, 50]) {
    it(`gives a canary ${percent} % of 5,000 requests, within the 99 % interval of the binomial distribution`, async () => {
      await startBoth();
      await rig.client.writeRoute({ expectedRevision: 1, weights: { blue: 100 - percent, green: percent } });
      let green = 0;
      for (let i = 0; i < 100; i++) {
        const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(rig.url()).then((one) => one.text())));
        green += answers.filter((name) => name === "green").length;
      }
      const share = percent / 100;
      // By the normal approximation, which is good at 5,000 trials; 2.576 is its 99.5 % quantile.
      const reach = 2.576 * Math.sqrt(5000 * share * (1 - share));
      expect(green).to.be.within(5000 * share - reach, 5000 * share + reach);
    });
  }

  it("refuses a write of somebody who read an older route, and shows the live one", async () => {
    await startBoth();
    await rig.switchTo("green");
    const error = await errorOf(rig.client.writeRoute({ expectedRevision: 1, weights: BLUE }));
    expect(error).to.be.instanceOf(RouterConflict);
    expect(error).to.have.nested.property("live.weights").that.deep.equals(GREEN);
    expect(error.message).to.match(/revision 2 \(blue 0 % \/ green 100 %\), not 1/);
    expect(await rig.text()).to.equal("green");
  });

  it("lets one of two writers at the same moment win", async () => {
    await startBoth();
    const results = await Promise.allSettled(
      [GREEN, { blue: 50, green: 50 }].map((weights) => rig.client.writeRoute({ expectedRevision: 1, weights })),
    );
    expect(results.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
    expect((await rig.client.route()).revision).to.equal(2);
  });

  it("refuses weights that are not a hundred, that lead nowhere, and bodies that are no weights", async () => {
    const blue = await rig.app("blue");
    await rig.start({ blue: [blue.instance] });
    const refusal = async (weights: { blue: number; green: number }): Promise<string> => {
      const error = await errorOf(rig.client.writeRoute({ expectedRevision: 1, weights }));
      expect(error).to.be.instanceOf(RouterRefused);
      return `${"status" in error ? String(error.status) : ""} ${error.message}`;
    };
    expect(await refusal({ blue: 50, green: 40 })).to.match(/^422 weights must add up to 100: blue 50 \+ green 40/);
    expect(await refusal(GREEN)).to.match(/^422 green has no instances and cannot take 100 %/);
    expect(await refusal({ blue: 150, green: -50 })).to.match(/^400 .*blue/s);
    expect(stored().revision).to.equal(1);
    expect(await rig.text()).to.equal("blue");
  });

  it("does not let a slot that serves, or may have to again, lose its instances without force", async () => {
    await startBoth();
    const none = { release: "", instances: [] };
    expect((await errorOf(rig.client.setSlot("blue", none))).message).to.match(/blue serves 100 %/);
    await rig.client.writeRoute({
      expectedRevision: 1,
      weights: GREEN,
      transaction: { id: "t1", confirmWithinMs: 60_000 },
    });
    expect((await errorOf(rig.client.setSlot("blue", none))).message).to.match(
      /blue is where transaction t1 falls back to/,
    );
    const view = await rig.client.setSlot("blue", { ...none, force: true });
    expect(view.slots.blue.instances).to.deep.equal([]);
    expect(view.slotsRevision).to.equal(1);
    expect(view.revision).to.equal(2);
    // The way back leads nowhere now: giving up keeps what serves.
    expect((await rig.client.abort("t1")).weights).to.deep.equal(GREEN);
  });

  it("falls back by itself when a change is not confirmed in time", async () => {
    await startBoth();
    await rig.client.writeRoute({
      expectedRevision: 1,
      weights: GREEN,
      transaction: { id: "t1", confirmWithinMs: 300 },
    });
    expect(await rig.text()).to.equal("green");
    const view = await eventually("the fallback", async () => {
      const live = await rig.client.route();
      return live.transaction === null && live;
    });
    expect(view).to.deep.include({ weights: BLUE, revision: 3 });
    expect(view.lastFallback).to.deep.include({ transaction: "t1", from: GREEN, to: BLUE, cause: "expired" });
    expect(stored()).to.deep.include({ weights: BLUE, revision: 3 });
    expect(await rig.text()).to.equal("blue");
    for (const late of [rig.client.commit("t1"), rig.client.renew("t1", 1000)])
      expect((await errorOf(late)).message).to.match(
        /t1 was not confirmed in time and the route fell back to blue 100 %/,
      );
    expect(rig.logged.join("\n")).to.match(/t1 was not confirmed in time: fell back/);
  });

  it("keeps the way back through the steps of one transaction, and lets nobody else write meanwhile", async () => {
    await startBoth();
    const transaction = { id: "t1", confirmWithinMs: 60_000 };
    await rig.client.writeRoute({ expectedRevision: 1, weights: { blue: 90, green: 10 }, transaction });
    await rig.client.writeRoute({ expectedRevision: 2, weights: { blue: 50, green: 50 }, transaction });
    for (const other of [undefined, { id: "t2", confirmWithinMs: 1000 }]) {
      const error = await errorOf(
        rig.client.writeRoute({ expectedRevision: 3, weights: BLUE, ...(other && { transaction: other }) }),
      );
      expect(error).to.be.instanceOf(RouterConflict);
      expect(error.message).to.match(/transaction t1 is open/);
    }
    const view = await rig.client.abort("t1");
    expect(view.weights).to.deep.equal(BLUE);
    expect(view.lastFallback?.cause).to.equal("aborted");
  });

  it("keeps the weights for good after a commit, and a transaction alive while it is renewed", async () => {
    await startBoth();
    await rig.client.writeRoute({
      expectedRevision: 1,
      weights: GREEN,
      transaction: { id: "t1", confirmWithinMs: 60_000 },
    });
    const renewed = await rig.client.renew("t1", 120_000);
    expect(renewed.transaction?.expiresAt).to.be.greaterThan(Date.now() + 60_000);
    expect(renewed.revision).to.equal(2);
    const committed = await rig.client.commit("t1");
    expect(committed).to.deep.include({ weights: GREEN, transaction: null, revision: 2 });
    expect((await errorOf(rig.client.commit("t1"))).message).to.match(/t1 is not open; blue 0 % \/ green 100 % serves/);
  });

  it("reaches the idle slot by the preview port and by the header, apart from the public counts", async () => {
    await startBoth();
    const header = (value: string): Promise<string> => rig.text("/", { "x-bluegreen-preview": value });
    expect(await rig.text("/", {}, rig.preview)).to.equal("green");
    expect(await header("preview")).to.equal("green");
    expect(await header("blue")).to.equal("blue");
    expect(await header("GREEN")).to.equal("green");
    await rig.switchTo("green");
    expect(await rig.text("/", {}, rig.preview)).to.equal("blue");
    const { slots } = await rig.client.traffic();
    expect([slots.blue.requests, slots.green.requests]).to.deep.equal([0, 0]);
    expect([slots.blue.previewRequests, slots.green.previewRequests]).to.deep.equal([2, 3]);
  });

  it("keeps a client on its slot by cookie while that slot has weight", async () => {
    await startBoth({ stickyCookie: "slot", stickySeconds: 60 });
    await rig.client.writeRoute({ expectedRevision: 1, weights: { blue: 50, green: 50 } });
    const first = await fetch(rig.url());
    const name = await first.text();
    expect(first.headers.getSetCookie()).to.deep.equal([`slot=${name}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`]);
    for (let i = 0; i < 10; i++) {
      const again = await fetch(rig.url(), { headers: { cookie: `a=1; slot=${name}` } });
      expect(await again.text()).to.equal(name);
      expect(again.headers.getSetCookie()).to.deep.equal([]);
    }
    const left = name === "blue" ? "green" : "blue";
    await rig.switchTo(left);
    expect(await rig.text("/", { cookie: `slot=${name}` })).to.equal(left);
  });

  it("changes settings while it runs, and nothing at all when a port cannot be had", async () => {
    await startBoth();
    const taken = await rig.app("somebody else");
    const busy = taken.instance.port;
    const error = await errorOf(rig.client.setSettings({ port: busy, stickyCookie: "s" }));
    expect(error.message).to.match(new RegExp(`^port ${busy} on 127.0.0.1 is in use`));
    expect((await rig.client.route()).settings).to.include({ port: 0, stickyCookie: "" });
    expect(await rig.text()).to.equal("blue");

    await new Promise((resolve) => taken.server.close(resolve));
    const kept = await rig.raw();
    await rig.client.setSettings({ port: busy, previewPort: null, metricsPort: 0 });
    const { ports } = await rig.client.health();
    expect(ports).to.include({ public: busy, preview: null });
    expect(await rig.text("/", {}, busy)).to.equal("blue");
    expect(await rig.text("/metrics", {}, ports.metrics ?? 0)).to.include("bluegreen_router_requests_total");
    await eventually("the old port to be given up", async () =>
      rig.text().then(
        () => false,
        () => true,
      ),
    );
    await eventually("its idle connections to be closed", () => kept.ended);
    const wrong = await errorOf(rig.client.setSettings({ stickySeconds: 0, ...{ porrt: 1 } }));
    expect(wrong.message)
      .to.match(/porrt/)
      .and.to.match(/stickySeconds/);
  });

  it("listens for control where only its owner can reach it, and says who it is", async () => {
    await startBoth();
    expect(statSync(rig.client.socketPath).mode & 0o777).to.equal(0o600);
    expect(statSync(rig.dir).mode & 0o777).to.equal(0o700);
    expect(statSync(join(rig.dir, "route.json")).mode & 0o777).to.equal(0o600);
    const health = await rig.client.health();
    expect(health).to.include({ pid: process.pid, service: "shop", host: "127.0.0.1" });
    const kept = JSON.parse(readFileSync(join(rig.dir, "router.pid.json"), "utf8")) as object;
    expect(kept).to.include({ pid: process.pid, startTime: health.startTime });
    const lost = await errorOf(rig.client.setSlot("purple" as "blue", { release: "", instances: [] }));
    expect(lost).to.be.instanceOf(RouterRefused).and.to.have.property("status", 404);
    await rig.client.shutdown(0);
    await rig.router?.stopped;
    expect(await errorOf(rig.client.route())).to.be.instanceOf(RouterGone);
  });
});
