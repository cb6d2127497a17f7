import { expect } from "chai";
import { blocksRollback } from "../../components/hooks/migration";
import type { HookRecord } from "../../components/hooks/sequence";
import type { CutoverRecord } from "../../components/model/record";
import type { Completion, Verdict } from "../../components/model/words";

type Hooked = CutoverRecord & { hooks?: HookRecord[] };

function record(fromRelease: string, toRelease: string, completion?: Completion, hooks: HookRecord[] = []): Hooked {
  return {
    id: `${fromRelease}-${toRelease}`,
    service: "shop",
    stack: "test",
    kind: "switch",
    from: "blue",
    to: "green",
    fromRelease,
    toRelease,
    startedAt: "2026-03-01T12:00:00.000Z",
    stages: [],
    written: [],
    who: "tester",
    hooks,
    ...(completion === undefined ? {} : { completion }),
  };
}

function step(id: string, verdict: Verdict = "pass", changes: Partial<HookRecord> = {}): HookRecord {
  return {
    name: id,
    stage: "CLEAN_UP",
    startedAt: "2026-03-01T12:00:00.000Z",
    verdict,
    detail: "",
    attempts: 1,
    durationMs: 10,
    migration: { class: "contract", id },
    ...changes,
  };
}

/** Oldest first, as it is easier to read. */
const blocked = (history: Hooked[], from: string, to: string) =>
  blocksRollback([...history].reverse(), from, to)?.ids ?? [];

describe("going back past a contract step", () => {
  it("is refused, with the step, what serves and what to do", () => {
    const block = blocksRollback([record("1", "2", "Promoted", [step("drop-email")])], "2", "1");
    expect(block?.ids).deep.equal(["drop-email"]);
    expect(block?.message).equal(
      "Release 1 was made for the database as it was before the contract step drop-email, and may not work with it now. " +
        "2 goes on serving. Release a mended version instead, or go back all the same with the flag that says so.",
    );
  });

  it("is refused also further back, with every step in the way", () => {
    const history = [
      record("", "1", "Promoted"),
      record("1", "2", "Promoted", [step("a")]),
      record("2", "3", "Promoted", [step("b")]),
    ];
    expect(blocked(history, "3", "1")).deep.equal(["a", "b"]);
    expect(blocked(history, "3", "2")).deep.equal(["b"]);
  });

  for (const verdict of ["fail", "timeout", "error", "inconclusive"] as const) {
    it(`is refused when the step ended with ${verdict}: part of it may have been done`, () => {
      expect(blocked([record("1", "2", undefined, [step("a", verdict)])], "2", "1")).deep.equal(["a"]);
    });
  }

  it("is allowed when the step was never begun, and for expand steps", () => {
    const never = step("a", "error", { attempts: 0 });
    const expand = step("b", "pass", { migration: { class: "expand", id: "b" } });
    expect(blocked([record("1", "2", "Promoted", [never, expand])], "2", "1")).deep.equal([]);
  });

  it("is allowed to a release that came with the step or after it, also when a later cutover ran it again", () => {
    const history = [
      record("1", "2", "Promoted", [step("a")]),
      record("2", "3", "Promoted", [step("a")]),
      record("3", "4", "Promoted", [step("a")]),
    ];
    expect(blocked(history, "4", "3")).deep.equal([]);
    expect(blocked(history, "4", "2")).deep.equal([]);
    expect(blocked(history, "4", "1")).deep.equal(["a"]);
  });

  it("is allowed to a release that has never served, such as the one that mends it", () => {
    const history = [record("1", "2", "Aborted"), record("1", "3", "Promoted", [step("a")])];
    expect(blocked(history, "3", "2")).deep.equal([]);
    expect(blocked(history, "3", "4")).deep.equal([]);
  });

  it("stays refused after it was done once all the same", () => {
    const history = [
      record("1", "2", "Promoted", [step("a")]),
      record("2", "1", "FastRolledBack"),
      record("1", "2", "Promoted", [step("a")]),
    ];
    expect(blocked(history, "2", "1")).deep.equal(["a"]);
  });

  it("is no question where nothing changes or nothing is known", () => {
    expect(blocked([record("1", "2", "Promoted", [step("a")])], "1", "1")).deep.equal([]);
    expect(blocked([], "2", "1")).deep.equal([]);
  });
});
