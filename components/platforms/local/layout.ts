import { resolve } from "node:path";
import { z } from "zod";
import type { Slot } from "../../model/words";
import type { Target } from "../../resources/inputs";

/** What the local driver finds in a target. Folders are relative to the project, so that a state works on another machine too. */
export const localSettingsSchema = z.strictObject({
  directory: z.string().min(1),
  store: z.string().min(1),
  host: z.string(),
  port: z.number(),
  previewPort: z.number(),
  ports: z.strictObject({ blue: z.number(), green: z.number() }),
  stopMs: z.number(),
});
export type LocalSettings = z.output<typeof localSettingsSchema>;

export function localSettings(target: Target): LocalSettings {
  return localSettingsSchema.parse(target.settings);
}

/** Where everything of one service lies on this machine. */
export interface Layout {
  root: string;
  router: string;
  records: string;
  /** Snapshots of releases, shared by the services of a project. */
  store: string;
  slot: (slot: Slot) => string;
}

export function layoutOf(settings: LocalSettings): Layout {
  const root = resolve(settings.directory);
  return {
    root,
    router: `${root}/router`,
    records: `${root}/records`,
    store: resolve(settings.store),
    slot: (slot) => `${root}/${slot}`,
  };
}
