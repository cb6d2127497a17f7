import { expect } from "chai";
import fc from "fast-check";
import {
  abortRequested,
  ACTIONS,
  approvalRecord,
  asksApproval,
  decide,
  outcomeOf,
  promoteRequested,
  type Action,
  type Decision,
} from "../../components/approval/decision";
import { approvalFrom, approvalSchema, type Approval } from "../../components/approval/schema";
import { order } from "../support/memoryCutover";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const at = (ms: number) => new Date(NOW + ms).toISOString();
const asked = (changes: Partial<Approval> = {}): Approval => ({
  ...approvalFrom(approvalSchema.parse({ required: true })),
  ...changes,
});
const said = (action: Action, ms = 0, changes: Partial<Decision> = {}): Decision => ({
  action,
  by: "ann@desk",
  at: at(ms),
  ...changes,
});

describe("an approval", () => {
  const wanted = order();
  const answer = (approval: Approval, decisions: Decision[] = [], ms = 0) =>
    decide(approval, wanted, decisions, NOW + ms, NOW).answer;

  it("is not needed when the config asks for none, in a rollback, and in a first deployment", () => {
    expect(answer(asked({ required: false }), [said("reject")])).equal("notNeeded");
    for (const kind of ["rollback", "initial"] as const) {
      expect(decide(asked(), order({ kind }), [], NOW, NOW).answer).equal("notNeeded");
      expect(asksApproval(asked(), kind, "PRE_PRODUCTION_TRAFFIC_SHIFT")).equal(false);
    }
    expect(asksApproval(asked(), "switch", "PRE_PRODUCTION_TRAFFIC_SHIFT")).equal(true);
    expect(asksApproval(asked(), "switch", "BAKE_TIME")).equal(false);
  });

  it("waits until somebody answers, and says until when", () => {
    expect(decide(asked(), wanted, [], NOW, NOW)).deep.equal({
      answer: "waiting",
      until: NOW + 3_600_000,
      detail: "1.1.0-bbbbbbbbbbbb in green is not approved yet",
    });
  });

  it("is given by a person, with who and when and why", () => {
    expect(decide(asked(), wanted, [said("approve", 5000, { reason: "looks good" })], NOW + 9000, NOW)).deep.equal({
      answer: "approved",
      by: "ann@desk",
      at: at(5000),
      how: "person",
      reason: "looks good",
      detail: `approved by ann@desk at ${at(5000)}: looks good`,
    });
    expect(answer(asked(), [said("promote")])).equal("approved");
  });

  it("is refused by one rejection or abort, whatever else was said and whenever", () => {
    for (const no of ["reject", "abort"] as const) {
      expect(answer(asked(), [said("approve"), said(no, 1)])).equal("rejected");
      expect(answer(asked(), [said(no), said("approve", 1), said("promote", 2)])).equal("rejected");
      expect(answer(asked({ release: "1.1.0" }), [said(no)])).equal("rejected");
    }
    expect(decide(asked(), wanted, [said("abort", 0, { reason: "no" })], NOW, NOW).detail).equal(
      `aborted by ann@desk at ${at(0)}: no`,
    );
  });

  it("is given beforehand by the config for exactly one release", () => {
    expect(answer(asked({ release: "1.1.0" }))).equal("approved");
    expect(answer(asked({ release: "1.1.0-bbbbbbbbbbbb" }))).equal("approved");
    for (const release of ["1.1", "1.0.0", "1.1.0-cccccccccccc", "1.1.0-"])
      expect(answer(asked({ release }))).equal("waiting");
  });

  it("is not waited for when the config says so", () => {
    expect(answer(asked({ wait: false }))).equal("pending");
    expect(answer(asked({ wait: false }), [said("approve")])).equal("approved");
    expect(answer(asked({ wait: false, release: "1.1.0" }))).equal("approved");
  });

  it("times out into what the config says", () => {
    expect(answer(asked(), [], 3_599_999)).equal("waiting");
    expect(decide(asked(), wanted, [], NOW + 3_600_000, NOW)).deep.include({ answer: "timeout", then: "rollback" });
    expect(decide(asked({ onTimeout: "continue" }), wanted, [], NOW + 3_600_000, NOW)).deep.include({
      then: "continue",
    });
    expect(answer(asked(), [said("approve", 1)], 9_000_000)).equal("approved");
  });

  it("of a later stage is not given by an approval from before it, but by a full promotion", () => {
    const later = (action: Action) =>
      decide(asked(), wanted, [said(action, 0)], NOW + 9000, NOW + 5000, NOW + 5000).answer;
    expect(later("approve")).equal("waiting");
    expect(later("promote")).equal("approved");
    expect(later("reject")).equal("rejected");
  });

  it("lets a stage pass in no other way than by a yes, or by what the config says of time that is over", () => {
    const decision = fc.record({
      action: fc.constantFrom(...ACTIONS),
      by: fc.constant("x"),
      at: fc.integer({ min: -10_000, max: 10_000 }).map(at),
    });
    const approval = fc.record({
      required: fc.constant(true),
      stages: fc.constant(asked().stages),
      timeoutMs: fc.integer({ min: 1000, max: 20_000 }),
      onTimeout: fc.constantFrom("rollback" as const, "continue" as const),
      wait: fc.boolean(),
    });
    fc.assert(
      fc.property(
        approval,
        fc.array(decision, { maxLength: 5 }),
        fc.integer({ min: 0, max: 30_000 }),
        (config, decisions, ms) => {
          const standing = decide(config, wanted, decisions, NOW + ms, NOW);
          const no = decisions.some(({ action }) => action === "reject" || action === "abort");
          const yes = decisions.some(({ action }) => action === "approve" || action === "promote");
          const late = config.wait && ms >= config.timeoutMs && config.onTimeout === "continue";
          expect(outcomeOf(standing).verdict === "pass").equal(!no && (yes || late));
        },
      ),
    );
  });

  it("goes into the record with who, when, why and how long it was waited for", () => {
    const standing = decide(asked(), wanted, [said("reject", 4000, { reason: "freeze" })], NOW + 5000, NOW);
    expect(approvalRecord("BAKE_TIME", standing, NOW + 5000, NOW)).deep.equal({
      stage: "BAKE_TIME",
      answer: "rejected",
      by: "ann@desk",
      at: at(4000),
      reason: "freeze",
      waitedMs: 5000,
    });
    const pending = decide(asked({ wait: false }), wanted, [], NOW, NOW);
    expect(approvalRecord("BAKE_TIME", pending, NOW, NOW)).deep.equal({
      stage: "BAKE_TIME",
      answer: "pending",
      at: at(0),
      waitedMs: 0,
    });
  });
});

describe("a wish about a running cutover", () => {
  it("to abort is found among all decisions, with who has it", () => {
    expect(abortRequested([])).equal(undefined);
    expect(abortRequested([said("approve"), said("reject")])).equal(undefined);
    expect(abortRequested([said("approve"), said("abort", 1), said("abort", 2)])?.at).equal(at(1));
  });

  it("to promote in full gives way to a no", () => {
    expect(promoteRequested([said("approve"), said("promote", 1)])?.at).equal(at(1));
    expect(promoteRequested([said("promote"), said("abort", 1)])).equal(undefined);
    expect(promoteRequested([said("promote"), said("reject", 1)])).equal(undefined);
  });
});

describe("the approval of a configuration", () => {
  it("is not required by default, and waits an hour before the shift when it is", () => {
    expect(approvalFrom(approvalSchema.parse({}))).deep.equal({
      required: false,
      stages: ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
      timeoutMs: 3_600_000,
      onTimeout: "rollback",
      wait: true,
    });
  });

  it("is refused after the bake, at no stage, and with unknown keys", () => {
    for (const wrong of [
      { stages: ["CLEAN_UP"] },
      { stages: [] },
      { stages: ["REVERT"] },
      { by: "ann" },
      { timeout: "0s" },
    ]) {
      expect(approvalSchema.safeParse(wrong).success).equal(false);
    }
  });
});
