import { CommandError, ConcurrentUpdateError, StackNotFoundError } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { EXIT_CODES, Failure, kindOf, messageOf } from "../../cli/failure";
import { endOf } from "../../cli/update";
import { ConfigError } from "../../components/config/configError";
import type { CutoverRecord, StageRecord } from "../../components/model/record";
import { typeOf } from "../../components/resources/inputs";

/** The Automation API makes these itself and has no public constructor. */
function commandError(kind: typeof CommandError, text: string): Error {
  return Object.assign(Object.create(kind.prototype) as Error, { message: text, name: kind.name });
}

function recordEndingAt(stage: StageRecord["stage"], verdict: StageRecord["verdict"]): CutoverRecord {
  const at = "2026-01-01T00:00:00.000Z";
  return {
    id: "r1",
    service: "shop",
    stack: "dev",
    kind: "switch",
    from: "blue",
    to: "green",
    fromRelease: "1.0.0",
    toRelease: "1.1.0",
    startedAt: at,
    stages: [{ stage, startedAt: at, durationMs: 1, verdict, detail: "" }],
    written: [],
    who: "somebody",
  };
}

describe("exit codes of the command line", () => {
  const nothing = { violations: [], errors: [] };
  const failed = commandError(CommandError, "code: 255");

  it("are the ones that --help documents", () => {
    expect(EXIT_CODES).to.deep.equal({
      done: 0,
      failed: 1,
      usage: 2,
      refused: 3,
      locked: 4,
      unapproved: 5,
      interrupted: 130,
    });
  });

  it("tell what kind of failure an error is", () => {
    expect(kindOf(new Failure("refused", "no"))).to.equal("refused");
    expect(kindOf(new ConfigError("no"))).to.equal("usage");
    expect(kindOf(commandError(StackNotFoundError, "no stack named x found"))).to.equal("usage");
    expect(kindOf(commandError(ConcurrentUpdateError, "the stack is currently locked by"))).to.equal("locked");
    expect(kindOf(failed)).to.equal("failed");
    expect(kindOf(new Error("anything"))).to.equal("failed");
    expect(kindOf("anything")).to.equal("failed");
  });

  it("call an update refused when a mandatory policy or the plan said no, or the route had drifted", () => {
    const violation = { ...nothing, violations: ["gate-required: a gate"] };
    expect(endOf(failed, violation, undefined, false)).to.equal("refused");
    const plan = { ...nothing, errors: [{ type: typeOf("Plan"), message: "in place" }] };
    expect(endOf(failed, plan, undefined, false)).to.equal("refused");
    expect(endOf(failed, nothing, recordEndingAt("RECONCILE", "fail"), false)).to.equal("refused");
  });

  it("call an update failed when it was tried", () => {
    const gate = { ...nothing, errors: [{ type: typeOf("Gate"), message: "not ready" }] };
    expect(endOf(failed, gate, undefined, false)).to.equal("failed");
    expect(endOf(failed, nothing, recordEndingAt("BAKE_TIME", "fail"), false)).to.equal("failed");
    expect(endOf(failed, nothing, recordEndingAt("RECONCILE", "error"), false)).to.equal("failed");
  });

  it("call an update unapproved when nobody had approved the switch, and traffic is where it was", () => {
    const at = "2026-01-01T00:00:00.000Z";
    const stage = "PRE_PRODUCTION_TRAFFIC_SHIFT";
    const asked = (answer: "pending" | "rejected" | "timeout"): CutoverRecord => ({
      ...recordEndingAt(stage, "inconclusive"),
      completion: "Aborted",
      approvals: [
        { stage: "POST_SCALE_UP", answer: "approved", by: "ann", at, waitedMs: 0 },
        { stage, answer, at, waitedMs: 0 },
      ],
    });
    expect(endOf(failed, nothing, asked("pending"), false)).to.equal("unapproved");
    expect(endOf(failed, nothing, asked("pending"), true)).to.equal("interrupted");
    expect(endOf(failed, nothing, { ...asked("pending"), completion: "Failed" }, false)).to.equal("failed");
    expect(endOf(failed, nothing, asked("rejected"), false)).to.equal("failed");
    expect(endOf(failed, nothing, asked("timeout"), false)).to.equal("failed");
  });

  it("call an update locked or interrupted whatever else was said", () => {
    const locked = commandError(ConcurrentUpdateError, "the stack is currently locked by");
    expect(endOf(locked, nothing, undefined, false)).to.equal("locked");
    expect(endOf(failed, { ...nothing, violations: ["x"] }, undefined, true)).to.equal("interrupted");
  });

  it("come with what the CLI said was wrong, and not with all of its output", () => {
    const text =
      "code: -2\n stdout: \n stderr: Command failed with exit code 255: pulumi up\nerror: no passphrase\n err?: x";
    expect(messageOf(commandError(CommandError, text))).to.equal("no passphrase");
    expect(messageOf(commandError(CommandError, "code: 1\n something else"))).to.equal("code: 1\n something else");
    expect(messageOf(new Error("plain"))).to.equal("plain");
    expect(messageOf("text")).to.equal("text");
  });
});
