import { expect } from "chai";
import { typeOf } from "../../components/resources/inputs";
import { policyOf, type Rule } from "../../policies/index";
import { ruling, withUnknown } from "./policyRun";
import { aSwitch } from "./policyUpdate";

/** The time of every ruling. */
export const NOW = Date.parse("2026-01-01T12:00:00Z");

export interface PolicyCase {
  /** Ends the test's name: "passes when …", "blocks when …". */
  when: string;
  props: object;
  /** Of the resource; Plan unless given. */
  type?: string;
  /** What the pack's config file says. */
  config?: object;
  /** Parts of the one violation; none when the update passes. */
  says?: string[];
}

/** The tests of one rule: its own cases, and what holds for every rule. */
export function describeRule<Config extends object>(
  rule: Rule<string, Config>,
  {
    unknown,
    unknownConfig,
    cases,
  }: {
    /** A value the rule cannot do without. */
    unknown: string;
    /** The pack's config with which it cannot; for rules that are off by default. */
    unknownConfig?: object;
    cases: PolicyCase[];
  },
): void {
  describe(`the policy ${rule.name}`, () => {
    const policy = policyOf(rule, {}, () => NOW);

    for (const { when, props, type, config, says } of cases) {
      it(`${says === undefined ? "passes" : "blocks"} when ${when}`, async () => {
        const found = await ruling(policy, props, { ...(type && { type }), ...(config && { config }) });
        if (typeof found === "string") throw new Error(`it was ${found}`);
        expect(found.violations).to.have.lengthOf(says === undefined ? 0 : 1);
        for (const part of says ?? []) expect(found.violations[0]).to.contain(part);
      });
    }

    for (const path of [unknown, "kind"]) {
      it(`cannot tell while ${path} is unknown in a preview`, async () => {
        const config = unknownConfig ?? {};
        expect(await ruling(policy, withUnknown(aSwitch(), path), { config })).to.equal("unknown");
      });
    }

    it("refuses a misspelt setting in the pack's config, which would be none", async () => {
      const found = await ruling(policy, aSwitch(), { config: { minSecond: 1 } });
      if (typeof found === "string") throw new Error(`it was ${found}`);
      expect(found.violations).to.have.lengthOf(1);
      expect(found.violations[0]).to.contain(
        `The policy ${rule.name} has no setting "minSecond". It takes enforcementLevel`,
      );
    });

    it("is mandatory and judges Plan and Cutover only", async () => {
      expect(policy.enforcementLevel).to.equal("mandatory");
      for (const type of [typeOf("Route"), typeOf("Gate"), "aws:s3/bucket:Bucket"]) {
        expect(await ruling(policy, aSwitch(), { type })).to.equal("not applicable");
      }
    });
  });
}
