import { expect } from "chai";
import type { TransitionKind } from "../../components/model/transition";
import { estimateOf } from "../../components/resources/estimate";
import { settings } from "../support/memoryCutover";

describe("the estimate of a cutover", () => {
  const wanted = settings({ steps: [10, 50, 100] });
  const rows: [TransitionKind, string][] = [
    ["none", "nothing to do"],
    ["initial", "about 3 s"],
    ["rollback", "about 3 s: no smoke tests, steps or bake on the way back"],
    ["switch", "about 53 s (gate 2 s, 2 steps 20 s, bake 30 s, drain at most 10 s)"],
    ["repair", "about 33 s (gate 2 s, bake 30 s, drain at most 10 s)"],
  ];
  for (const [kind, says] of rows)
    it(`of kind ${kind} says "${says}"`, () => expect(estimateOf(kind, wanted)).equal(says));

  it("leaves out a gate that is switched off", () => {
    const off = settings({ gate: { ...settings().gate, enabled: false } });
    expect(estimateOf("switch", off)).equal("about 31 s (gate 0 ms, bake 30 s, drain at most 10 s)");
  });
});
