/** A copy that lacks some of its optional keys. */
export function without<T extends object>(whole: T, ...keys: OptionalKey<T>[]): T {
  const copy = { ...whole };
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy;
}

type OptionalKey<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];
