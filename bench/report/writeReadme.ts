import { readFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import writeFileAtomic from "write-file-atomic";
import { withFigures } from "./readme";
import { readResults } from "./results";

/** Puts the figures of a results file into a README, formatted as `npm run check` wants it. */
export async function writeReadme(readmeFile: string, resultsFile: string): Promise<void> {
  const text = withFigures(readFileSync(readmeFile, "utf8"), readResults(resultsFile));
  const config = await resolveConfig(readmeFile);
  await writeFileAtomic(readmeFile, await format(text, { ...config, filepath: readmeFile }));
}
