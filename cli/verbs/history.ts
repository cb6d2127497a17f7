import type { CutoverRecord } from "../../components/model/record";
import { openStack } from "../openStack";
import type { StackOptions } from "../options";

export interface HistoryOptions extends StackOptions {
  /** The newest of them. @default all that are kept */
  limit?: number;
}

/** The deployment history, newest first. A record without a completion is of a cutover under way, or of one that was killed. */
export async function history(options: HistoryOptions = {}): Promise<CutoverRecord[]> {
  const { driver } = await openStack(options);
  return (await driver.records()).slice(0, options.limit);
}
