// A module of the job in a folder of its own.

export function fails() {
  throw new TypeError("no tau");
}
