import { expect } from "chai";
import fc from "fast-check";
import type { Hook } from "../../components/hooks/hook";
import {
  afterHook,
  HOOK_STAGES,
  hooksComeFirst,
  hooksOf,
  type Consequence,
  type HookStage,
} from "../../components/hooks/stages";
import { COURSE, next, type Position } from "../../components/model/stages";
import { STAGES, VERDICTS, type Stage, type Verdict } from "../../components/model/words";
import { commandHook } from "../support/hooks";

const KINDS = ["initial", "switch", "rollback", "repair"] as const;
const ON_FAILURE = [undefined, "stop", "revert", "warn"] as const;

const hook = (name: string, stage: HookStage, changes: Partial<Hook> = {}) =>
  commandHook(["true"], { name, stage, ...changes });
const failing = (onFailure: (typeof ON_FAILURE)[number]) => (onFailure === undefined ? {} : { onFailure });

describe("what a hook's failure means", () => {
  const table: [HookStage, Consequence, Consequence, Consequence, Consequence][] = [
    // stage, by default, with stop, with revert, with warn
    ["RECONCILE", "stop", "stop", "stop", "warn"],
    ["POST_SCALE_UP", "stop", "stop", "stop", "warn"],
    ["POST_TEST_TRAFFIC_SHIFT", "stop", "stop", "stop", "warn"],
    ["PRE_PRODUCTION_TRAFFIC_SHIFT", "stop", "stop", "stop", "warn"],
    ["PRODUCTION_TRAFFIC_SHIFT", "revert", "revert", "revert", "warn"],
    ["POST_PRODUCTION_TRAFFIC_SHIFT", "revert", "revert", "revert", "warn"],
    ["BAKE_TIME", "revert", "revert", "revert", "warn"],
    ["CLEAN_UP", "warn", "warn", "warn", "warn"],
    ["REVERT", "warn", "warn", "warn", "warn"],
  ];
  for (const [stage, ...wanted] of table) {
    it(`at ${stage} is ${wanted.join(", ")} for each setting`, () => {
      const found = ON_FAILURE.map((onFailure) => afterHook(stage, failing(onFailure), "fail"));
      expect(found).deep.equal(wanted);
    });
  }

  it("is nothing when it passed, and the same for everything else", () => {
    for (const stage of HOOK_STAGES) {
      expect(afterHook(stage, {}, "pass")).equal("continue");
      const others = VERDICTS.filter((verdict) => verdict !== "pass").map((verdict) => afterHook(stage, {}, verdict));
      expect(new Set(others).size).equal(1);
    }
  });

  it("agrees with what the cutover does with a stage that did not pass", () => {
    for (const stage of STAGES) {
      const position = next("switch", stage, "fail");
      const consequence = afterHook(stage, {}, "fail");
      if (consequence === "revert") expect(position).deep.equal({ at: "revert" });
      else if (consequence === "stop") expect(position).deep.equal({ at: "end", completion: "Aborted" });
      else expect(position).deep.equal({ at: "end", completion: "Promoted" });
    }
  });
});

describe("a way back", () => {
  const results = fc.record({
    onFailure: fc.constantFrom(...ON_FAILURE),
    verdict: fc.constantFrom<Verdict>(...VERDICTS),
  });

  it("is blocked by no sequence of hook results: the cutover reaches its end, and after moved traffic by way of the revert", () => {
    const world = fc.record({
      kind: fc.constantFrom(...KINDS),
      hooks: fc.dictionary(fc.constantFrom<HookStage>(...HOOK_STAGES), fc.array(results, { maxLength: 4 })),
      stages: fc.dictionary(fc.constantFrom<Stage>(...STAGES), fc.constantFrom<Verdict>(...VERDICTS)),
    });
    fc.assert(
      fc.property(world, ({ kind, hooks, stages }) => {
        let position: Position = { at: COURSE[kind][0] ?? "RECONCILE" };
        let moved = false;
        let reverted = false;
        for (let step = 0; position.at !== "end"; step += 1) {
          expect(step).below(20);
          if (position.at === "revert") {
            const found = (hooks.REVERT ?? []).map(({ onFailure, verdict }) =>
              afterHook("REVERT", failing(onFailure), verdict),
            );
            expect(found).not.include("stop").and.not.include("revert");
            reverted = true;
            position = { at: "end", completion: "RolledBack" };
            continue;
          }
          const stage: Stage = position.at;
          if (stage === "PRODUCTION_TRAFFIC_SHIFT") moved = true;
          const bad = (hooks[stage] ?? []).find(({ onFailure, verdict }) =>
            ["stop", "revert"].includes(afterHook(stage, failing(onFailure), verdict)),
          );
          const own = stages[stage] ?? "pass";
          position = next(kind, stage, own === "pass" ? (bad?.verdict ?? "pass") : own);
        }
        if (position.completion === "Promoted" || position.completion === "FastRolledBack")
          expect(reverted).equal(false);
        else if (moved) expect(reverted).equal(true);
      }),
    );
  });

  it("in a rollback runs no hooks but those of REVERT", () => {
    const hooks = HOOK_STAGES.map((stage) => hook(stage, stage));
    expect(HOOK_STAGES.flatMap((stage) => hooksOf(stage, hooks, "rollback")).map(({ name }) => name)).deep.equal([
      "REVERT",
    ]);
  });
});

describe("the order of hooks", () => {
  it("is the written one, with expand steps first and contract steps last", () => {
    const hooks = [
      hook("a", "CLEAN_UP"),
      hook("shrink", "CLEAN_UP", { migration: { class: "contract", id: "2" } }),
      hook("elsewhere", "BAKE_TIME"),
      hook("grow", "CLEAN_UP", { migration: { class: "expand", id: "1" } }),
      hook("b", "CLEAN_UP"),
    ];
    expect(hooksOf("CLEAN_UP", hooks).map(({ name }) => name)).deep.equal(["grow", "a", "b", "shrink"]);
  });

  it("puts hooks before the work of their stage where that work is the last look or the confirmation", () => {
    expect(STAGES.filter(hooksComeFirst)).deep.equal(["PRE_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"]);
  });
});
