import { contradictions, type Contradiction, type Spans } from "../model/contradictions";
import type { ObjectiveConfig } from "./schema";
import { objectiveOf, type Surroundings } from "./settings";
import { shapeProblems } from "./shape";

/** What the rest of the configuration says that objectives must fit to. */
export interface ProblemsContext extends Surroundings {
  /** How long the gate, one step and the bake are; 0 or absent for what is not watched. Unit: milliseconds. */
  spans: Spans;
  /** The names of the configuration's secrets. Without it they are not compared. */
  secrets?: readonly string[];
}

/**
 * Everything that is wrong with the objectives of a configuration beyond its single keys. The paths begin with the index of
 * the objective; each message reads after "wanted".
 */
export function objectiveProblems(objectives: readonly ObjectiveConfig[], context: ProblemsContext): Contradiction[] {
  return objectives.flatMap((config, i) => {
    const shape = shapeProblems(config);
    const found = shape.length > 0 ? shape : settingsProblems(config, context);
    const name = nameOf(config);
    const before = name === undefined ? -1 : objectives.findIndex((other) => nameOf(other) === name);
    if (before !== -1 && before < i)
      found.push({ path: ["name"], message: `a name that no other objective has; "${name ?? ""}" is taken` });
    return found.map(({ path, message }) => ({ path: [i, ...path], message }));
  });
}

function settingsProblems(config: ObjectiveConfig, context: ProblemsContext): Contradiction[] {
  const found = contradictions(objectiveOf(config, context), context.spans, context.secrets);
  // A preset's condition is written as its limit.
  return config.preset === undefined
    ? found
    : found.map((one) => (one.path[0] === "pass" ? { ...one, path: ["preset", "limit"] } : one));
}

function nameOf(config: ObjectiveConfig): string | undefined {
  return config.name ?? config.preset?.name;
}
