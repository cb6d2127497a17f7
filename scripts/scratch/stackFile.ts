import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";

type Tree = Record<string, unknown>;

/** A `Pulumi.<stack>.yaml`. Other programs may change it as well, so it is read anew each time. */
export class StackFile {
  constructor(
    private readonly file: string,
    /** The project's name, which each key begins with. */
    private readonly project: string,
  ) {}

  /** A value by its path, such as `blue.environment.SLOW_MS`; undefined when there is none. */
  get(path: string): unknown {
    const { parents, last } = this.locate(this.read(), path, false);
    return parents?.[last];
  }

  /** Sets a value by its path, making what lies on the way; undefined removes it. */
  set(path: string, value: unknown): void {
    const content = this.read();
    const { parents, last } = this.locate(content, path, value !== undefined);
    if (parents === undefined) return;
    if (value === undefined) Reflect.deleteProperty(parents, last);
    else parents[last] = value;
    writeFileSync(this.file, stringify(content, { aliasDuplicateObjects: false }));
  }

  private locate(content: Tree, path: string, make: boolean): { parents: Tree | undefined; last: string } {
    const [first = "", ...rest] = path.split(".");
    const keys = [`${this.project}:${first}`, ...rest];
    const last = keys.pop() ?? "";
    let tree: Tree | undefined = child(content, "config", make);
    for (const key of keys) tree = tree === undefined ? undefined : child(tree, key, make);
    return { parents: tree, last };
  }

  private read(): Tree {
    if (!existsSync(this.file)) return {};
    return (parse(readFileSync(this.file, "utf8")) as Tree | null) ?? {};
  }
}

function child(tree: Tree, key: string, make: boolean): Tree | undefined {
  const found = tree[key];
  if (typeof found === "object" && found !== null) return found as Tree;
  if (!make) return undefined;
  const made: Tree = {};
  tree[key] = made;
  return made;
}
