import { typeOf } from "../../components/resources/inputs";
import { capacityParity, gateRequired, noDriftAdoption, noInPlaceChange } from "../../policies/index";
import { describeRule } from "../support/policyCases";
import { aRepair, aSwitch, cutoverSwitch, firstDeployment, noSwitch } from "../support/policyUpdate";

const cutover = typeOf("Cutover");

describeRule(gateRequired, {
  unknown: "settings.gate.enabled",
  cases: [
    { when: "the gate is enabled", props: aSwitch() },
    {
      when: "a switch has no gate",
      props: aSwitch({ settings: { gate: { enabled: false } } }),
      says: [
        "The switch blue->green must pass a gate",
        "`gate.enabled` is false",
        "Serving now: blue 100 % / green 0 %.",
      ],
    },
    {
      when: "the first deployment has no gate",
      props: firstDeployment({ settings: { gate: { enabled: false } } }),
      says: ["The first deployment to green must pass a gate"],
    },
    {
      when: "a repair has no gate",
      props: aRepair({ settings: { gate: { enabled: false } } }),
      says: ["The repair that gives green all of the traffic must pass a gate"],
    },
    { when: "nothing switches and the gate is off", props: noSwitch({ settings: { gate: { enabled: false } } }) },
    {
      when: "Plan was left out and Cutover has no gate",
      type: cutover,
      props: cutoverSwitch({ settings: { gate: { enabled: false } } }),
      says: ["must pass a gate"],
    },
  ],
});

describeRule(noInPlaceChange, {
  unknown: "liveReleaseChanged",
  cases: [
    { when: "the idle slot gets a release and takes over", props: aSwitch({ idleReleaseChanged: true }) },
    { when: "the idle slot gets a release", props: noSwitch({ idleReleaseChanged: true }) },
    {
      when: "the live slot's release changes without a switch",
      props: noSwitch({ liveReleaseChanged: true, fromRelease: "0.9.0-000000000000" }),
      says: [
        "The release of blue must stay as it is while blue serves",
        "replaced by 1.0.0-aaaaaaaaaaaa while 0.9.0-000000000000 serves",
        "set `activeSlot` to green",
      ],
    },
    {
      when: "the live slot's release changes together with a switch",
      props: aSwitch({ liveReleaseChanged: true, fromRelease: "0.9.0-000000000000" }),
      says: ["The switch blue->green must leave the release of blue as it is", "is the way back"],
    },
    {
      when: "a canary was left half-way and its slot gets another release",
      props: aSwitch({ live: "blue 60 % / green 40 %", idleReleaseChanged: true }),
      says: ["The release of green must stay as it is while both slots serve", "end the split"],
    },
    {
      when: "the slot that a repair completes gets another release",
      props: aRepair({ idleReleaseChanged: true }),
      says: ["The release of green must stay as it is while both slots serve"],
    },
    {
      when: "the slot that a repair relieves gets another release",
      props: aRepair({ liveReleaseChanged: true }),
      says: ["The release of blue must stay as it is while both slots serve"],
    },
    { when: "Cutover, which cannot tell, is judged", type: cutover, props: cutoverSwitch() },
  ],
});

describeRule(capacityParity, {
  unknown: "liveReplicas",
  cases: [
    { when: "both slots have what serves now", props: aSwitch() },
    { when: "the new slot is larger", props: aSwitch({ releases: { green: { replicas: 5 } } }) },
    {
      when: "the new slot is smaller",
      props: aSwitch({ releases: { green: { replicas: 1 } } }),
      says: ["must give green at least the 2 replicas of blue", "`green.replicas` is 1"],
    },
    {
      when: "the live slot was scaled up by hand",
      props: aSwitch({ liveReplicas: 4, releases: { blue: { replicas: 4 } } }),
      says: ["must give green at least the 4 replicas of blue"],
    },
    {
      when: "the live slot shrinks in the update that switches",
      props: aSwitch({ releases: { blue: { replicas: 1 } } }),
      says: ["must leave blue the 2 replicas it has now", "`blue.replicas` is 1", "scale blue down after the switch"],
    },
    {
      when: "the live slot leaves the config in the update that switches",
      props: aSwitch({ releases: { blue: undefined } }),
      says: ["must keep blue as the way back"],
    },
    { when: "the serving slot shrinks without a switch", props: noSwitch({ releases: { blue: { replicas: 1 } } }) },
    { when: "a repair goes to the smaller slot", props: aRepair({ releases: { green: { replicas: 1 } } }) },
    { when: "the first deployment has one slot only", props: firstDeployment({ releases: { blue: undefined } }) },
    {
      when: "Plan was left out and Cutover moves to a smaller slot",
      type: cutover,
      props: cutoverSwitch({ releases: { green: { replicas: 1 } } }),
      says: ["must give green at least the 2 replicas of blue"],
    },
  ],
});

describeRule(noDriftAdoption, {
  unknown: "settings.onDrift",
  cases: [
    { when: "drift is refused", props: aSwitch() },
    {
      when: "a switch would adopt whatever drift there is",
      props: aSwitch({ settings: { onDrift: "adopt" } }),
      says: ["must refuse drift that nobody has seen", "Set `rollout.onDrift` to refuse"],
    },
    {
      when: "there is drift and a person has answered it",
      props: aSwitch({
        settings: { onDrift: "adopt" },
        drift: "live is blue 100 % / green 0 %, the last record says …",
      }),
    },
    { when: "nothing switches", props: noSwitch({ settings: { onDrift: "adopt" } }) },
    { when: "a route split by hand is repaired", props: aRepair({ settings: { onDrift: "adopt" } }) },
    {
      when: "Cutover, which cannot tell, is judged",
      type: cutover,
      props: cutoverSwitch({ settings: { onDrift: "adopt" } }),
    },
  ],
});
