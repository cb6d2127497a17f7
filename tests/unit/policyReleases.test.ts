import { typeOf } from "../../components/resources/inputs";
import { keepStandby, pinnedReleases } from "../../policies/index";
import { describeRule, NOW } from "../support/policyCases";
import { aSwitch, blue, cutoverSwitch, firstDeployment, hash, noSwitch } from "../support/policyUpdate";

const cutover = typeOf("Cutover");
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
/** Blue was relieved 10 minutes ago, in a window of an hour. */
const standby = { slot: "blue", release: blue.id, until: at(50) } as const;
const greenServes = {
  activeSlot: "green",
  from: "green",
  to: "green",
  live: "blue 0 % / green 100 %",
  standby,
} as const;

describeRule(pinnedReleases, {
  unknown: "releases.green.version",
  cases: [
    { when: "releases are pinned", props: aSwitch() },
    ...["latest", "Latest", "shop:latest", "main", "", " ", "*", "1.*", "1.x", "^1.2.0", "~1.2", ">=1", "1 || 2"].map(
      (version) => ({
        when: `the new version is "${version}"`,
        props: aSwitch({ releases: { green: { version } } }),
        says: ["The release of green must have one exact version", `\`green.version\` is "${version}"`],
      }),
    ),
    ...["1.4.2", "v1", "2026-01-01", "1.2~rc1", "xenial", "f3a9c1e", "latest-1"].map((version) => ({
      when: `the new version is "${version}"`,
      props: aSwitch({ releases: { green: { version } } }),
    })),
    ...["", "shop:1.1.0", hash("b").slice(0, -1), hash("B")].map((artefact) => ({
      when: `the new artefact is "${artefact}"`,
      props: aSwitch({ releases: { green: { artefact } } }),
      says: ["The release of green must be pinned by its content", "Set `green.digest`"],
    })),
    {
      when: "an unpinned release comes into the idle slot",
      props: noSwitch({ releases: { green: { version: "latest" } } }),
      says: ["The release of green must have one exact version"],
    },
    {
      when: "the first deployment is not pinned",
      props: firstDeployment({ releases: { blue: undefined, green: { version: "latest" } } }),
      says: ["The release of green must have one exact version"],
    },
    {
      when: "the serving slot was never pinned and nothing moves",
      props: noSwitch({ releases: { blue: { version: "latest" } } }),
    },
    {
      when: "a switch leads away from what was never pinned",
      props: aSwitch({ releases: { blue: { version: "latest" } } }),
    },
    {
      when: "the unchanged standby was never pinned",
      props: noSwitch({ ...greenServes, releases: { blue: { version: "latest" } } }),
    },
    {
      when: "a floating name of the pack's config comes in",
      config: { floatingVersions: ["rolling"] },
      props: aSwitch({ releases: { green: { version: "rolling" } } }),
      says: ['`green.version` is "rolling"'],
    },
    {
      when: "Plan was left out and Cutover moves to what is not pinned",
      type: cutover,
      props: cutoverSwitch({ releases: { green: { artefact: "shop:1.1.0" } } }),
      says: ["must be pinned by its content"],
    },
  ],
});

describeRule(keepStandby, {
  unknown: "standby",
  cases: [
    { when: "there is no standby", props: noSwitch() },
    { when: "the standby stays as it is", props: noSwitch(greenServes) },
    {
      when: "the standby is removed in its window",
      props: noSwitch({ ...greenServes, releases: { blue: undefined } }),
      says: [`The standby blue must stay until ${at(50)}`, "Put `blue` back as 1.0.0-aaaaaaaaaaaa"],
    },
    {
      when: "the standby is removed after its window",
      props: noSwitch({ ...greenServes, standby: { ...standby, until: at(0) }, releases: { blue: undefined } }),
    },
    {
      when: "the next release replaces the standby, and no age is asked",
      props: noSwitch({ ...greenServes, releases: { blue: { id: "1.2.0-cccccccccccc" } } }),
    },
    {
      when: "the next release replaces a standby of less than the age asked",
      config: { minStandbySeconds: 900 },
      props: noSwitch({ ...greenServes, releases: { blue: { id: "1.2.0-cccccccccccc" } } }),
      says: [
        "must keep its release 1.0.0-aaaaaaaaaaaa for 15 min",
        "replaced by 1.2.0-cccccccccccc after 10 min",
        "try again in 5 min",
      ],
    },
    {
      when: "the next release replaces a standby of the age asked",
      config: { minStandbySeconds: 600 },
      props: noSwitch({ ...greenServes, releases: { blue: { id: "1.2.0-cccccccccccc" } } }),
    },
    {
      when: "Cutover, which cannot tell, is judged",
      type: cutover,
      props: cutoverSwitch({ releases: { blue: undefined } }),
    },
  ],
});
