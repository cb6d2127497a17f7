import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Failure } from "./failure";

const FILES = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/** The nearest folder from here upwards that is a Pulumi project, as the Pulumi CLI looks for it. @throws Failure (usage) */
export function projectFolder(cwd: string): string {
  const start = resolve(cwd);
  if (statSync(start, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Failure("usage", `${start} is not a folder`);
  }
  for (let folder = start; ; folder = dirname(folder)) {
    if (FILES.some((file) => existsSync(join(folder, file)))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new Failure(
    "usage",
    `${start} is not in a Pulumi project: there is no Pulumi.yaml there or above. Give --cwd.`,
  );
}

/** The folder the program runs in, which relative paths of the config belong to: the engine goes to where `main` lies. */
export function programFolder(folder: string, main: string | undefined): string {
  if (main === undefined || main === "") return folder;
  const path = resolve(folder, main);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : dirname(path);
}
