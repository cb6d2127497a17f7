import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { all } from "../../components/model/words";
import { eventually } from "../support/eventually";
import { hasPassed, killUpAt } from "../support/killedUp";
import { prepareSwitch, setWaits, type NextSwitch } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";
import { underLoad } from "../support/underLoad";

/** Far longer than an engine lives that is killed. */
const LONG = "150s";
const CONFIRM = { confirm: "3s" };

/** The example application, but it does not listen before a file is there. */
const HELD = `
const { existsSync } = require("node:fs");
const wait = setInterval(() => {
  if (!existsSync(process.env.OPEN_FILE)) return;
  clearInterval(wait);
  require("./server.js");
}, 50);
`;

describe("an engine that is killed", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  /** The unconfirmed route falls back without anybody's help. */
  async function fallsBack({ from }: NextSwitch): Promise<void> {
    const { weights } = await eventually("the fall back of the route", async () => {
      const route = await stack.route();
      return route.transaction === null && route;
    });
    expect(weights).to.deep.equal(all(from));
  }

  /** The plain `up` that follows: with shorter waits, everything else as it was. */
  async function converges({ to, version }: NextSwitch): Promise<void> {
    setWaits(stack);
    const next = await stack.up();
    expect(next.error).to.equal(undefined);
    await expectServes(stack, to, version);
    expect((await stack.records()).filter(({ completion }) => completion === undefined)).to.deep.equal([]);
  }

  it("while it waits for the gate has moved nothing, and the next update switches", async () => {
    const openFile = join(stack.dir, "open");
    const release = { command: ["node", "held.js"], files: { "held.js": HELD }, environment: { OPEN_FILE: openFile } };
    const next = await prepareSwitch(stack, release, { gate: { deadline: LONG } });
    const { load } = await underLoad(stack, async () => {
      const before = await stack.route();
      await killUpAt(stack, "the gate", (output) => output.includes(`asking ${next.to} for evidence`));
      const { weights, revision, transaction } = await stack.route();
      expect({ weights, revision, transaction }).to.deep.equal({
        weights: all(next.from),
        revision: before.revision,
        transaction: null,
      });
      writeFileSync(openFile, "");
      await converges(next);
    });
    expect(load.failed).to.equal(0);
  });

  it("in a canary step leaves a route that falls back by itself, and the next update switches", async () => {
    const next = await prepareSwitch(stack, {}, { rollout: { ...CONFIRM, steps: [10, 100], interval: LONG } });
    const { load } = await underLoad(stack, async () => {
      await killUpAt(stack, "the first step", async () => (await stack.route()).weights[next.to] === 10);
      await fallsBack(next);
      await converges(next);
    });
    expect(load.failed).to.equal(0);
  });

  it("while it verifies leaves a route that falls back by itself, and the next update switches", async () => {
    const verify = { path: "/slow?ms=300", consecutive: 1000, timeout: LONG };
    const next = await prepareSwitch(stack, {}, { rollout: CONFIRM, verify });
    const { load } = await underLoad(stack, async () => {
      await killUpAt(stack, "the verification", () => hasPassed(stack, "PRODUCTION_TRAFFIC_SHIFT"));
      await fallsBack(next);
      await converges(next);
    });
    expect(load.failed).to.equal(0);
  });

  it("in the bake leaves a route that falls back by itself, and the next update switches", async () => {
    const next = await prepareSwitch(stack, {}, { rollout: CONFIRM, bake: { duration: LONG } });
    const { load } = await underLoad(stack, async () => {
      await killUpAt(stack, "the bake", () => hasPassed(stack, "POST_PRODUCTION_TRAFFIC_SHIFT"));
      await fallsBack(next);
      await converges(next);
    });
    expect(load.failed).to.equal(0);
  });

  it("while the old slot drains leaves the switch as it is, and the next update only takes note of it", async () => {
    const next = await prepareSwitch(stack, {}, { rollout: CONFIRM, drain: { timeout: LONG } });
    const client = new AbortController();
    // A stream that never ends keeps the old slot busy.
    const stream = await fetch(`${stack.url}/events`, { signal: client.signal });
    expect(stream.headers.get("x-bluegreen-slot")).to.equal(next.from);
    const { load } = await underLoad(stack, async () => {
      try {
        await killUpAt(stack, "the drain", () => hasPassed(stack, "BAKE_TIME"));
      } finally {
        client.abort();
      }
      await expectServes(stack, next.to, next.version);
      const { revision } = await stack.route();
      await converges(next);
      expect((await stack.route()).revision).to.equal(revision);
    });
    expect(load.failed).to.equal(0);
    expect((await stack.records())[0]).to.include({ completion: "Promoted", from: next.from, to: next.to });
    // So the way back is a fast one, as after any other switch.
    stack.setConfig("activeSlot", next.from);
    const plan = (await stack.preview()).steps.find(({ type }) => type === "pulumi-nodejs:dynamic/bluegreen:Plan");
    expect(plan?.after).to.include({ kind: "rollback", from: next.to, to: next.from });
  });
});
