import { typeOf, type Settings } from "../../components/resources/inputs";
import { minimumBake, minimumDrain, minimumVerify } from "../../policies/index";
import { describeRule, type PolicyCase } from "../support/policyCases";
import { aRepair, aSwitch, cutoverSwitch, firstDeployment, noSwitch, type Changes } from "../support/policyUpdate";

interface Minimum {
  /** The settings with the smallest value that passes, and with one that does not. */
  enough: Changes<Settings>;
  below: Changes<Settings>;
  says: string;
  /** A pack's config that asks for more, and what the violation then says. */
  config: object;
  configured: string;
}

const cases = ({ enough, below, says, config, configured }: Minimum): PolicyCase[] => [
  { when: "a switch has just enough", props: aSwitch({ settings: enough }) },
  { when: "a switch has too little", props: aSwitch({ settings: below }), says: ["The switch blue->green must", says] },
  { when: "a repair has too little", props: aRepair({ settings: below }), says: ["The repair that gives green", says] },
  { when: "the first deployment has too little", props: firstDeployment({ settings: below }) },
  { when: "nothing switches", props: noSwitch({ settings: below }) },
  { when: "the pack's config asks for more", props: aSwitch({ settings: enough }), config, says: [configured] },
  {
    when: "Plan was left out and Cutover has too little",
    type: typeOf("Cutover"),
    props: cutoverSwitch({ settings: below }),
    says: [says],
  },
];

describeRule(minimumBake, {
  unknown: "settings.bake.durationMs",
  cases: cases({
    enough: { bake: { durationMs: 5000 } },
    below: { bake: { durationMs: 4900 } },
    says: "must bake for at least 5 s, but `bake.duration` is 4.9 s. Set `bake.duration` to 5s or more.",
    config: { minSeconds: 10 },
    configured: "at least 10 s",
  }),
});

describeRule(minimumDrain, {
  unknown: "settings.drainMs",
  cases: cases({
    enough: { drainMs: 1000 },
    below: { drainMs: 999 },
    says: "at least 1 s to end, but `drain.timeout` is 999 ms. Set `drain.timeout` to 1s or more.",
    config: { minSeconds: 2 },
    configured: "at least 2 s",
  }),
});

describeRule(minimumVerify, {
  unknown: "settings.verify.consecutive",
  cases: cases({
    enough: { verify: { consecutive: 5 } },
    below: { verify: { consecutive: 4 } },
    says: "at least 5 answers in a row, but `verify.consecutive` is 4. Set `verify.consecutive` to 5 or more.",
    config: { minConsecutive: 6 },
    configured: "at least 6",
  }),
});
