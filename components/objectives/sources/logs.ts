import type { SourceSettings } from "../../model/objective";
import type { Source } from "../source";
import { instancesOf } from "./instances";

type Settings = Extract<SourceSettings, { kind: "logs" }>;

/** How many of the slot's log lines since the sample before match. */
export function logsSource(settings: Settings): Source {
  const pattern = new RegExp(settings.pattern);
  let since: number | undefined;
  return {
    prime({ clock }) {
      since = clock.now();
      return Promise.resolve();
    },
    async sample(context) {
      const from = since ?? context.clock.now() - context.intervalMs;
      const until = context.clock.now();
      const instances = await instancesOf(context);
      if (instances.length === 0) return { missing: `${context.slot} has no instance whose logs could be read` };
      // Each line belongs to one sample; those of a sample that failed belong to the next.
      const lines = (await context.driver.logs(context.slot, from)).filter((line) => line.at < until);
      since = until;
      const hits = lines.filter((line) => pattern.test(line.text));
      const newest = hits.at(-1);
      const shown = newest === undefined ? "" : `; ${newest.instance}: ${newest.text.slice(0, 200)}`;
      return {
        value: hits.length,
        detail: `${hits.length} of ${lines.length} lines match /${settings.pattern}/${shown}`,
      };
    },
  };
}
