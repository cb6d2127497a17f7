import { other, SLOTS, type Slot } from "../components/model/words";
import type { Rule, Update } from "./rule";

export interface PinnedReleasesConfig {
  floatingVersions: string[];
}

const ARTEFACT = /^sha256:[0-9a-f]{64}$/;
/** `*`, `1.x`, `^1.2`, `>=1`, `1 || 2`: a range of versions, not one of them. */
const RANGE = /^[\^~<>=]|\*|\||\s|(^|\.)x(\.|$)/i;

/**
 * A release has one version and one immutable artefact. What is called `latest` is another release tomorrow: evidence for it
 * proves nothing, a restarted instance may differ from its neighbours, and the way back may lead to something new.
 *
 * Judged when it comes in: the slot that serves now and a standby that has not changed are left alone, since the one can only
 * be replaced through the other.
 */
export const pinnedReleases: Rule<"pinned-releases", PinnedReleasesConfig> = {
  name: "pinned-releases",
  description: "A release has one version and an artefact pinned by its hash.",
  config: {
    floatingVersions: {
      type: "array",
      items: { type: "string" },
      default: ["latest", "stable", "edge", "nightly", "main", "master", "head"],
      description: "Versions that name a moving target, compared without regard to case.",
    },
  },
  kinds: ["none", "initial", "switch", "repair"],
  judge(update, { floatingVersions }) {
    const floating = new Set(floatingVersions.map((version) => version.toLowerCase()));
    return incoming(update).flatMap((slot) => {
      const release = update.releases[slot];
      if (release === undefined) return [];
      const found: string[] = [];
      const { version, artefact } = release;
      const tag = version.slice(version.lastIndexOf(":") + 1).toLowerCase();
      if (version.trim() === "" || floating.has(tag) || RANGE.test(version)) {
        found.push(
          `The release of ${slot} must have one exact version, but \`${slot}.version\` is "${version}". ` +
            `Set it to the version that is meant, such as 1.4.2.`,
        );
      }
      if (!ARTEFACT.test(artefact)) {
        found.push(
          `The release of ${slot} must be pinned by its content, sha256: and 64 hex digits, but its artefact is ` +
            `"${artefact}". Set \`${slot}.digest\`.`,
        );
      }
      return found;
    });
  },
};

/** The slots whose release is on its way to the users. Cutover cannot tell who serves when nothing moves. */
function incoming(update: Update): Slot[] {
  if (update.kind === "initial") return [...SLOTS];
  if (update.kind !== "none") return [update.activeSlot];
  if (update.from === undefined) return [];
  const idle = other(update.activeSlot);
  const { standby } = update;
  const unchanged = standby !== undefined && standby.slot === idle && standby.release === update.releases[idle]?.id;
  return unchanged ? [] : [idle];
}
