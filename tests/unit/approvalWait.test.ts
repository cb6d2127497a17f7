import { expect } from "chai";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Decision, Decisions } from "../../components/approval/decision";
import { DecisionFiles } from "../../components/approval/decisionFiles";
import { approvalFrom, approvalSchema } from "../../components/approval/schema";
import { waitForApproval, type WaitArgs } from "../../components/approval/wait";
import { MemoryClock } from "../support/memoryClock";
import { order } from "../support/memoryCutover";

function world(config: object, decide: (ms: number) => Decision[] = () => []) {
  const clock = new MemoryClock();
  const began = clock.now();
  const said: string[] = [];
  const decisions: Decisions = {
    read: () => Promise.resolve().then(() => decide(clock.now() - began)),
    write: () => Promise.resolve(),
    forget: () => Promise.resolve(),
  };
  const args: WaitArgs = {
    approval: approvalFrom(approvalSchema.parse({ required: true, ...config })),
    order: order(),
    cutoverId: "c1",
    stage: "PRE_PRODUCTION_TRAFFIC_SHIFT",
    decisions,
    clock,
    say: (line) => said.push(line),
  };
  return { clock, said, args, waited: () => clock.now() - began };
}

const approved: Decision = { action: "approve", by: "ann", at: "2026-03-01T12:20:00.000Z" };

describe("waiting for an approval", () => {
  it("goes on once it is there, with a record of who and how long", async () => {
    const { clock, said, args } = world({}, (ms) => (ms >= 1_200_000 ? [approved] : []));
    const told: string[] = [];
    const found = await clock.run(waitForApproval({ ...args, onWaiting: (detail) => told.push(detail) }));
    expect(found?.standing).include({ answer: "approved", by: "ann" });
    expect(found?.record).include({ stage: "PRE_PRODUCTION_TRAFFIC_SHIFT", waitedMs: 1_200_000 });
    expect(told).have.length(1);
    expect(said).deep.equal([
      "PRE_PRODUCTION_TRAFFIC_SHIFT: 1.1.0-bbbbbbbbbbbb in green is not approved yet; waiting up to 60 min for " +
        "`bluegreen approve c1` or `bluegreen reject c1`",
      "PRE_PRODUCTION_TRAFFIC_SHIFT: approved by ann at 2026-03-01T12:20:00.000Z",
    ]);
  });

  it("ends after its time, and at once when the config says not to wait", async () => {
    const late = world({ timeout: "10m" });
    expect((await late.clock.run(waitForApproval(late.args)))?.standing).include({
      answer: "timeout",
      then: "rollback",
    });
    expect(late.waited()).equal(600_000);
    const never = world({ wait: false });
    expect((await never.clock.run(waitForApproval(never.args)))?.standing).include({ answer: "pending" });
    expect(never.waited()).equal(0);
    expect(never.said).deep.equal([]);
  });

  it("asks nobody at another stage", async () => {
    const { clock, args } = world({});
    const found = await clock.run(waitForApproval({ ...args, stage: "BAKE_TIME" }));
    expect(found).deep.equal({ standing: { answer: "notNeeded", detail: "no approval is asked for" } });
  });

  it("is given up when the route is lost or the wait is interrupted", async () => {
    const lost = world({});
    const found = await lost.clock.run(
      waitForApproval({ ...lost.args, lost: () => (lost.waited() > 5000 ? "the route is lost" : undefined) }),
    );
    expect(found).deep.include({ gaveUp: "the route is lost" });
    const stopped = world({});
    const result = await stopped.clock.run(waitForApproval({ ...stopped.args, signal: AbortSignal.abort() }));
    expect(result).deep.include({ gaveUp: "it was interrupted" });
  });

  it("takes decisions that cannot be read for no yes, neither of the config nor of the clock", async () => {
    for (const config of [{ release: "1.1.0" }, { onTimeout: "continue" }]) {
      const { clock, said, args } = world(config, () => {
        throw new Error("disk on fire");
      });
      const found = await clock.run(waitForApproval(args));
      expect(found?.standing).deep.equal({ answer: "timeout", then: "rollback", detail: "disk on fire" });
      expect(said.filter((line) => line === "disk on fire")).have.length(1);
    }
    const unread = world({ wait: false, release: "1.1.0" }, () => {
      throw new Error("disk on fire");
    });
    expect((await unread.clock.run(waitForApproval(unread.args)))?.standing).include({ answer: "pending" });
  });
});

describe("decisions in files", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "bg-decisions-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const decision = (second: number, action: Decision["action"] = "approve"): Decision => ({
    action,
    by: `person-${second}`,
    at: new Date(Date.parse(approved.at) + second * 1000).toISOString(),
  });

  it("are read as they were written, the oldest first, for their cutover alone, and by their owner alone", async () => {
    const files = new DecisionFiles(root);
    await files.write("c1", decision(2, "abort"));
    await files.write("c1", { ...decision(1), reason: "fine" });
    await files.write("c2", decision(3));
    expect(await files.read("c1")).deep.equal([{ ...decision(1), reason: "fine" }, decision(2, "abort")]);
    expect(await files.read("never")).deep.equal([]);
    const folder = join(root, "decisions", "c1");
    expect(statSync(folder).mode & 0o777).equal(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).equal(0o600);
    await files.forget("c1");
    expect(await files.read("c1")).deep.equal([]);
    expect(await files.read("c2")).have.length(1);
  });

  it("are not lost when many write at once", async () => {
    const files = new DecisionFiles(root);
    await Promise.all(Array.from({ length: 20 }, (_, i) => new DecisionFiles(root).write("c1", decision(i % 3))));
    expect(await files.read("c1")).have.length(20);
  });

  it("that cannot be read are never passed over, except beside a no, which always counts", async () => {
    const files = new DecisionFiles(root);
    await files.write("c1", decision(1));
    mkdirSync(join(root, "decisions", "c1"), { recursive: true });
    writeFileSync(join(root, "decisions", "c1", "torn.json"), '{"action":"rej');
    let problem: unknown;
    await files.read("c1").catch((error: unknown) => (problem = error));
    expect(String(problem)).include("torn.json cannot be read").and.include("Remove it and decide again");
    await files.write("c1", decision(2, "abort"));
    expect((await files.read("c1")).map(({ action }) => action)).deep.equal(["approve", "abort"]);
  });

  it("refuse an id that is none, and a decision that is none", async () => {
    const files = new DecisionFiles(root);
    const failed = async (work: Promise<unknown>) => work.then(() => "", String);
    for (const id of ["../records", "", "a/b", "."])
      expect(await failed(files.read(id))).include("is not the id of a cutover");
    expect(await failed(files.write("c1", { ...approved, action: "maybe" as "approve" }))).not.equal("");
  });
});
