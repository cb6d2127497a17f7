import { expect } from "chai";
import fc from "fast-check";
import { afterRevert, COURSE, next, stepsProblem, weightsOf, type Position } from "../../components/model/stages";
import { all, COMPLETIONS, SLOTS, STAGES, VERDICTS, type Stage, type Verdict } from "../../components/model/words";

const KINDS = ["initial", "switch", "rollback", "repair"] as const;
const MOVED: Stage[] = ["PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"];

describe("the stage that follows", () => {
  for (const kind of KINDS) {
    it(`leads a ${kind} along its course when everything passes`, () => {
      const went: Stage[] = [];
      let position: Position = { at: COURSE[kind][0] ?? "RECONCILE" };
      while (position.at !== "end" && position.at !== "revert") {
        went.push(position.at);
        position = next(kind, position.at, "pass");
      }
      expect(went).deep.equal(COURSE[kind]);
      expect(position).deep.equal({ at: "end", completion: kind === "rollback" ? "FastRolledBack" : "Promoted" });
    });
  }

  for (const verdict of VERDICTS.filter((other) => other !== "pass")) {
    it(`ends or reverts after ${verdict}: only pass goes on`, () => {
      for (const kind of KINDS) {
        for (const stage of STAGES) {
          const position = next(kind, stage, verdict);
          if (stage === "CLEAN_UP") expect(position).deep.equal(next(kind, stage, "pass"));
          else if (kind !== "initial" && MOVED.includes(stage)) expect(position).deep.equal({ at: "revert" });
          else expect(position).deep.equal({ at: "end", completion: "Aborted" });
        }
      }
    });
  }

  it("never lets a rollback ask for more than readiness, nor a first deployment revert", () => {
    expect(COURSE.rollback).not.include.members(["POST_TEST_TRAFFIC_SHIFT"]);
    expect(COURSE.rollback).not.include("BAKE_TIME");
    for (const stage of STAGES)
      for (const verdict of VERDICTS) expect(next("initial", stage, verdict).at).not.equal("revert");
  });

  it("comes to a completion from any stage by any verdicts, and never goes back", () => {
    const verdicts = fc.infiniteStream(fc.constantFrom<Verdict>(...VERDICTS));
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.constantFrom<Stage>(...STAGES), verdicts, (kind, stage, found) => {
        let position: Position = { at: stage };
        let steps = 0;
        for (const verdict of found) {
          if (position.at === "end") break;
          if (position.at === "revert") {
            position = { at: "end", completion: afterRevert(verdict === "pass") };
            break;
          }
          const from = STAGES.indexOf(position.at);
          position = next(kind, position.at, verdict);
          if (position.at !== "end" && position.at !== "revert") expect(STAGES.indexOf(position.at)).above(from);
          expect(++steps).most(STAGES.length);
        }
        expect(position.at).equal("end");
        if (position.at === "end") expect(COMPLETIONS).include(position.completion);
      }),
    );
  });
});

describe("the steps of a shift", () => {
  const rows: [number[], RegExp | undefined][] = [
    [[100], undefined],
    [[5, 25, 50, 100], undefined],
    [[], /at least one step/],
    [[5, 25], /last step must be 100/],
    [[25, 5, 100], /step 2 \(5\) must be above the one before it \(25\)/],
    [[5, 5, 100], /step 2/],
    [[100, 100], /step 2/],
  ];
  for (const [steps, problem] of rows) {
    it(`[${steps.join(", ")}] ${problem === undefined ? "is sound" : "is refused"}`, () => {
      const found = stepsProblem(steps);
      if (problem === undefined) expect(found).equal(undefined);
      else expect(found).match(problem);
    });
  }

  it("give weights that sum to 100, rise for the new slot and end with all of it", () => {
    const rising = fc
      .uniqueArray(fc.integer({ min: 1, max: 99 }))
      .map((steps) => [...steps.sort((a, b) => a - b), 100]);
    fc.assert(
      fc.property(fc.constantFrom(...SLOTS), rising, (to, steps) => {
        expect(stepsProblem(steps)).equal(undefined);
        const weights = weightsOf(to, steps);
        expect(weights.every(({ blue, green }) => blue + green === 100 && blue >= 0 && green >= 0)).equal(true);
        expect(weights.map((each) => each[to])).deep.equal(steps);
        expect(weights.at(-1)).deep.equal(all(to));
      }),
    );
  });

  it("are refused unless they rise to 100", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 })), (steps) => {
        const rises = steps.every((step, i) => i === 0 || step > (steps[i - 1] ?? 0));
        expect(stepsProblem(steps) === undefined).equal(rises && steps.at(-1) === 100);
      }),
    );
  });
});
